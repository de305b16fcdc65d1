//! What has come from the server and was not yet looked at: messages, one after the other (the manual's chapter 55.7).
//!
//! A message is looked at where it lies, so that a row costs neither memory of its own nor a second copy.

use std::ops::Range;

use bytes::BytesMut;
use postgres_protocol::message::backend::Message;

use super::CHUNK;
use crate::db::Error;

/// A kind of one byte, and a length that counts itself.
const HEAD: usize = 5;

/// Bytes of the server.
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// What is in use of them.
    used: Range<usize>,
}

/// Where a whole message lies.
pub(super) struct Frame {
    /// Its kind.
    pub(super) kind: u8,
    whole: Range<usize>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; CHUNK], used: 0..0 }
    }

    /// The next message, if all of it has come; it stays where it is until more is read.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, Error> {
        let Some(&[kind, ref length @ ..]) = self.bytes[self.used.clone()].first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length < HEAD - 1 {
            return Err(Error::Protocol(format!("a message of {length} bytes")));
        }
        let end = self.used.start.saturating_add(length).saturating_add(1);
        if end > self.used.end {
            return Ok(None);
        }
        let whole = self.used.start..end;
        self.used.start = end;
        Ok(Some(Frame { kind, whole }))
    }

    /// What is in a message.
    pub(super) fn content(&self, frame: &Frame) -> &[u8] {
        &self.bytes[frame.whole.start + HEAD..frame.whole.end]
    }

    /// A message, taken apart.
    pub(super) fn message(&self, frame: &Frame) -> Result<Message, Error> {
        let mut bytes = BytesMut::from(&self.bytes[frame.whole.clone()]);
        let parsed = Message::parse(&mut bytes).map_err(|error| Error::Protocol(error.to_string()))?;
        parsed.ok_or_else(|| Error::Protocol("a message without its end".to_owned()))
    }

    /// Room for what is read next, behind what is there.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.used.clone(), 0);
        self.used = 0..self.used.len();
        if self.bytes.len() - self.used.end < CHUNK / 2 {
            self.bytes.resize(2 * self.bytes.len(), 0);
        }
        &mut self.bytes[self.used.end..]
    }

    /// So many bytes of the room were filled.
    pub(super) fn filled(&mut self, length: usize) {
        self.used.end += length;
    }
}

#[cfg(test)]
mod tests {
    use super::Incoming;

    /// Everything that comes, in parts of this length: the kinds and contents of the messages.
    fn taken(bytes: &[u8], part: usize) -> Vec<(u8, Vec<u8>)> {
        let (mut incoming, mut found) = (Incoming::new(), Vec::new());
        for part in bytes.chunks(part) {
            incoming.room()[..part.len()].copy_from_slice(part);
            incoming.filled(part.len());
            while let Some(frame) = incoming.next().expect("lengths are right") {
                found.push((frame.kind, incoming.content(&frame).to_vec()));
            }
        }
        found
    }

    #[test]
    fn messages_are_whole_however_they_come() {
        let long = vec![b'x'; 200_000];
        let head = u32::try_from(long.len() + 4).expect("it is short").to_be_bytes();
        let bytes =
            [b"d\0\0\0\x06ab".as_slice(), b"c\0\0\0\x04", b"d", &head, &long, b"Z\0\0\0\x05I"].concat();
        let whole = vec![(b'd', b"ab".to_vec()), (b'c', vec![]), (b'd', long), (b'Z', b"I".to_vec())];
        for part in [1, 3, 7, 30_000] {
            assert_eq!(taken(&bytes, part), whole, "{part} bytes at a time");
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        let mut incoming = Incoming::new();
        incoming.room()[..5].copy_from_slice(b"d\0\0\0\x03");
        incoming.filled(5);
        assert!(incoming.next().is_err());
    }
}
