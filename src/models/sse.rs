//! Splits a body of server-sent events into the data of each event, wherever the body is cut.
//!
//! Only `data` matters here: every provider repeats the event's name inside it. An event that the
//! body's end cuts off is handed over by [`EventLines::finish`], since some servers forget the
//! last blank line; the reader decides whether what is there is enough. Ids, retry times and
//! comments are skipped. Format:
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>.

use super::{ModelError, REPLY_BYTES_MAX};

/// The state between two pieces of a body.
#[derive(Debug, Default)]
pub struct EventLines {
    /// A line whose end has not come yet.
    line: Vec<u8>,
    /// The data lines of the event so far, joined by line feeds.
    data: Vec<u8>,
    /// Whether the event has a data line, which may be an empty one.
    has_data: bool,
    /// Whether the last byte was a carriage return, so that a line feed now ends no second line.
    after_return: bool,
}

impl EventLines {
    /// Takes the next bytes and calls `on_event` with the data of every event that they complete.
    ///
    /// Fails with what `on_event` fails with, or with [`ModelError::TooLarge`] when a single event
    /// is longer than [`REPLY_BYTES_MAX`].
    pub fn feed(
        &mut self,
        bytes: &[u8],
        mut on_event: impl FnMut(&[u8]) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let mut rest = bytes;
        while let Some((&first, tail)) = rest.split_first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                rest = tail;
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                return self.keep_partial_line(rest);
            };
            let (head, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            if let Some((&ending, tail)) = tail.split_first() {
                self.after_return = ending == b'\r';
                rest = tail;
            } else {
                rest = &[];
            }
            if self.line.is_empty() {
                self.take_line(head, &mut on_event)?;
            } else {
                self.keep_partial_line(head)?;
                let line = std::mem::take(&mut self.line);
                self.take_line(&line, &mut on_event)?;
            }
        }
        Ok(())
    }

    /// The body has ended: hands over what is left, if anything is.
    pub fn finish(
        &mut self,
        mut on_event: impl FnMut(&[u8]) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, &mut on_event)?;
        }
        self.take_line(&[], &mut on_event)
    }

    fn keep_partial_line(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        check_size(self.line.len(), bytes.len())?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn take_line(
        &mut self,
        line: &[u8],
        on_event: &mut impl FnMut(&[u8]) -> Result<(), ModelError>,
    ) -> Result<(), ModelError> {
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        if line.is_empty() {
            if std::mem::take(&mut self.has_data) {
                let outcome = on_event(&self.data);
                self.data.clear();
                return outcome;
            }
            return Ok(());
        }
        let value = match line.strip_prefix(b"data") {
            Some([]) => &[],
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            _ => return Ok(()),
        };
        check_size(self.data.len(), value.len())?;
        if self.has_data {
            self.data.push(b'\n');
        }
        self.has_data = true;
        self.data.extend_from_slice(value);
        Ok(())
    }
}

fn check_size(kept: usize, more: usize) -> Result<(), ModelError> {
    if kept.saturating_add(more) > REPLY_BYTES_MAX {
        Err(ModelError::TooLarge)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = EventLines::default();
        let mut seen = Vec::new();
        for piece in pieces {
            lines
                .feed(piece, |data| {
                    seen.push(String::from_utf8_lossy(data).into_owned());
                    Ok(())
                })
                .unwrap();
        }
        lines
            .finish(|data| {
                seen.push(format!("end: {}", String::from_utf8_lossy(data)));
                Ok(())
            })
            .unwrap();
        seen
    }

    const BODY: &[u8] = b"\xEF\xBB\xBF: hello\r\nevent: x\r\ndata: {\"a\":1}\r\n\r\n\
        data:two\r\ndata: lines\n\nid: 3\n\ndata\n\ndata: \xC3\xA9\r\rretry: 1\ndatum: no\n\ndata: cut";

    #[test]
    fn every_cut_gives_the_same_events() {
        let whole = ["{\"a\":1}", "two\nlines", "", "é", "end: cut"];
        assert_eq!(events(&[BODY]), whole);
        for first in 0..=BODY.len() {
            for second in first..=BODY.len() {
                let cut = [&BODY[..first], &BODY[first..second], &BODY[second..]];
                assert_eq!(events(&cut), whole, "cut at {first} and {second}");
            }
        }
        let bytes: Vec<&[u8]> = BODY.chunks(1).collect();
        assert_eq!(events(&bytes), whole);
    }

    #[test]
    fn an_endless_line_is_too_large_whichever_way_it_comes() {
        let mut lines = EventLines::default();
        let piece = vec![b'a'; REPLY_BYTES_MAX / 2 + 1];
        assert_eq!(lines.feed(&piece, |_| Ok(())), Ok(()));
        assert_eq!(lines.feed(&piece, |_| Ok(())), Err(ModelError::TooLarge));
        let mut lines = EventLines::default();
        let line = [b"data: ", piece.as_slice(), b"\n"].concat();
        assert_eq!(lines.feed(&line, |_| Ok(())), Ok(()));
        assert_eq!(lines.feed(&line, |_| Ok(())), Err(ModelError::TooLarge));
    }
}
