//! `target_session_attrs`: which of several servers is wanted (libpq, chapter 34.1.2).

use super::Connection;

/// What a server must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Whatever it is.
    Any,
    /// Sessions may write.
    ReadWrite,
    /// Sessions may not.
    ReadOnly,
    /// No standby.
    Primary,
    /// A standby.
    Standby,
}

impl Role {
    /// What is asked for, and what is taken where no server is that; the error names what can be asked for.
    pub(super) fn of(text: Option<&str>) -> Result<(Self, Option<Self>), String> {
        Ok(match text.unwrap_or("any") {
            "any" => (Self::Any, None),
            "read-write" => (Self::ReadWrite, None),
            "read-only" => (Self::ReadOnly, None),
            "primary" => (Self::Primary, None),
            "standby" => (Self::Standby, None),
            "prefer-standby" => (Self::Standby, Some(Self::Any)),
            other => {
                return Err(format!(
                    "`target_session_attrs` is `any`, `read-write`, `read-only`, `primary`, `standby`, or \
                     `prefer-standby`, not `{other}`"
                ));
            }
        })
    }

    /// Whether the server of this session is that, by the parameters that it reports (since version 14).
    pub(super) fn suits(self, connection: &Connection<'_>) -> bool {
        let on = |name: &str| connection.parameter(name) == Some("on");
        let standby = on("in_hot_standby");
        let read_only = standby || on("default_transaction_read_only");
        match self {
            Self::Any => true,
            Self::ReadWrite => !read_only,
            Self::ReadOnly => read_only,
            Self::Primary => !standby,
            Self::Standby => standby,
        }
    }

    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "any server",
            Self::ReadWrite => "a server that can be written to",
            Self::ReadOnly => "a server that is only read",
            Self::Primary => "a primary server",
            Self::Standby => "a standby",
        }
    }
}
