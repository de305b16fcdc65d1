//! What gladys does, told by running it: one module for each subject.

mod diagnostics;
mod examples;
mod faults;
mod floors;
mod manifest_docs;
mod readme;
mod sandbox;
