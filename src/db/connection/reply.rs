//! What the server answers, one value each, in its order.

use postgres::fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::{Message, RowDescriptionBody};

use super::server::ServerMessage;
use crate::db::Error;

/// One thing that the server said.
pub enum Reply<'c> {
    /// A result with rows begins; these are its columns.
    Columns(Vec<Column>),
    /// A row of it.
    Row(Cells<'c>),
    /// A statement is complete; its tag (`INSERT 0 1`).
    Done(String),
    /// A statement was empty.
    Empty,
    /// A statement failed; the rest of what was sent is dropped.
    Error(ServerMessage),
    /// A notice or a warning.
    Notice(ServerMessage),
    /// Another session's NOTIFY.
    Notification {
        /// Process id of the other session's server side.
        process: i32,
        /// Its channel.
        channel: String,
        /// Its text.
        payload: String,
    },
    /// The server waits for data: COPY FROM STDIN.
    CopyIn,
    /// The server sends data: COPY TO STDOUT.
    CopyOut,
    /// A part of that data, one line of it.
    CopyData(&'c [u8]),
    /// The end of that data.
    CopyDone,
    /// A described statement returns no rows.
    NoData,
    /// All that was sent is answered.
    Ready,
}

/// A column of a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// OID of its type.
    pub oid: u32,
    /// The type's modifier, -1 for none.
    pub modifier: i32,
}

/// A row of a result: each cell as the server wrote it.
pub struct Cells<'c>(&'c [u8]);

impl<'c> Cells<'c> {
    /// The content of a `DataRow`: how many cells it has, then each with its length (chapter 55.7).
    pub(super) fn of(content: &'c [u8]) -> Self {
        Self(content.get(2..).unwrap_or_default())
    }

    /// Each cell's bytes; `None` is NULL.
    pub fn iter(&self) -> impl Iterator<Item = Option<&'c [u8]>> + use<'c> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (length, cell) = rest.split_first_chunk()?;
            let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
                rest = cell;
                return Some(None);
            };
            let (cell, behind) = cell.split_at_checked(length)?;
            rest = behind;
            Some(Some(cell))
        })
    }

    /// Each cell as text, for types whose text is UTF-8 as all of the server's are in a session of that encoding.
    pub fn strings(&self) -> Vec<Option<String>> {
        self.iter().map(|cell| cell.map(|bytes| String::from_utf8_lossy(bytes).into_owned())).collect()
    }
}

impl Reply<'_> {
    /// The reply in a message; `None` for one that says nothing to anybody.
    pub(super) fn of(message: Message) -> Result<Option<Self>, Error> {
        Ok(Some(match message {
            Message::RowDescription(body) => Self::Columns(columns(&body)?),
            Message::CommandComplete(body) => Self::Done(body.tag().map_err(wrong)?.to_owned()),
            Message::EmptyQueryResponse => Self::Empty,
            Message::ErrorResponse(body) => Self::Error(ServerMessage::read(body.fields())),
            Message::NoticeResponse(body) => Self::Notice(ServerMessage::read(body.fields())),
            Message::NotificationResponse(body) => Self::Notification {
                process: body.process_id(),
                channel: body.channel().map_err(wrong)?.to_owned(),
                payload: body.message().map_err(wrong)?.to_owned(),
            },
            Message::CopyInResponse(_) => Self::CopyIn,
            Message::CopyOutResponse(_) => Self::CopyOut,
            Message::CopyDone => Self::CopyDone,
            Message::NoData => Self::NoData,
            Message::ReadyForQuery(_) => Self::Ready,
            _ => return Ok(None),
        }))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn wrong(error: std::io::Error) -> Error {
    Error::Protocol(error.to_string())
}

fn columns(body: &RowDescriptionBody) -> Result<Vec<Column>, Error> {
    let fields = body.fields().map(|field| {
        Ok(Column { name: field.name().to_owned(), oid: field.type_oid(), modifier: field.type_modifier() })
    });
    fields.collect().map_err(wrong)
}
