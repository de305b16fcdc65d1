//! One request to a role, and why one can fail.

use std::fmt;

use hyper::{Method, StatusCode};
use serde_json::Value;

/// A request with its path in segments and its JSON body (`null` when there was none).
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: Vec<String>,
    pub(crate) body: Value,
}

impl Call {
    /// Method and segments, to match a route on: `("GET", ["events", "12"])`.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        (self.method.as_str(), self.path.iter().map(String::as_str).collect())
    }

    /// A text field of the body that is not empty.
    pub(crate) fn text(&self, field: &str) -> Result<String, Failure> {
        let text = self.body[field].as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| Failure::bad(format!("the body needs a text `{field}`")))
    }

    /// A number field of the body, or `default` when it is not there.
    pub(crate) fn number(&self, field: &str, default: f64) -> f64 {
        self.body[field].as_f64().unwrap_or(default)
    }

    /// A row number in the body.
    pub(crate) fn id(&self, field: &str) -> Result<i64, Failure> {
        self.body[field].as_i64().ok_or_else(|| Failure::bad(format!("the body needs a number `{field}`")))
    }

    /// What to answer when no route of the role matches; `known` lists the routes there are.
    pub(crate) fn unknown(&self, known: &str) -> Failure {
        let path = self.path.join("/");
        Failure::missing(format!("no {} /{path}, expected {known}", self.method))
    }
}

/// Why a request was not answered with 200: becomes the status and `{"error": message}`.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Failure {
    /// 400: the caller's fault.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// 404: there is no such thing.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: message.into() }
    }

    /// 502: a service or database behind this one failed.
    pub(crate) fn upstream(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_GATEWAY, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
