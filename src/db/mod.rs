//! stand-in until the merge
use crate::{masked::Masked, span::Span};
use std::path::PathBuf;
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    pub name: String,
    pub url: Masked,
    pub password: Option<Masked>,
    pub origin: String,
    pub service: Option<String>,
    pub migrations: Option<Migrations>,
}
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Migrations {
    pub pattern: PathBuf,
    pub shown: String,
    pub span: Span,
}
