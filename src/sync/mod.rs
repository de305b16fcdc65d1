//! sync.
pub mod hash;
pub mod place;
pub mod proto;
pub mod python;
pub mod walk;
