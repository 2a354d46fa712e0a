//! Bytes → text: UTF-8 as it is, UTF-16 converted, everything else refused with its place.

use super::lines::{MANY_WINDOWS, WINDOW};
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Location, Mark};
use crate::parallel;
use std::sync::Arc;

/// The byte order mark as a character.
pub(super) const BOM: char = '\u{feff}';

/// The text of an input, and whether it had to be converted.
#[derive(Debug)]
pub struct Text {
    /// UTF-8 text. A byte order mark in UTF-8 is kept; one in UTF-16 is gone.
    pub text: String,
    /// Whether the input was UTF-16.
    pub converted: bool,
}

/// Reads bytes as text.
///
/// # Errors
/// A diagnostic with line and column, where the bytes are no text that a YAML reader takes.
pub fn text_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<Text, Box<Diagnostic>> {
    let refuse = |mark: Mark, message: &str, help: &str| {
        let location = Location { source: Arc::clone(name), mark };
        Box::new(Diagnostic::new(Code::InvalidEncoding, message).at(location).help(help))
    };
    let start = Mark::START;
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err(refuse(
            start,
            "the input is UTF-32, which no Kubernetes tool reads",
            "save the file as UTF-8",
        )),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)
            .ok_or_else(|| refuse(start, "the input is broken UTF-16", "save the file as UTF-8")),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)
            .ok_or_else(|| refuse(start, "the input is broken UTF-16", "save the file as UTF-8")),
        _ => {
            let windows: Vec<&[u8]> = bytes.chunks(WINDOW).collect();
            let nul = parallel::map(&windows, MANY_WINDOWS, |window| memchr::memchr(0, window));
            let nul = nul.iter().enumerate().find_map(|(index, at)| Some(index * WINDOW + (*at)?));
            if let Some(at) = nul {
                return Err(refuse(
                    mark_of(&bytes, at),
                    "the input holds a NUL byte; it is binary, or UTF-16 without a byte order mark",
                    "give a YAML or JSON file; save it as UTF-8",
                ));
            }
            String::from_utf8(bytes).map(|text| Text { text, converted: false }).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                refuse(
                    mark_of(error.as_bytes(), at),
                    &format!("the byte 0x{byte:02x} is not UTF-8"),
                    "save the file as UTF-8",
                )
            })
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Text> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .ok()?;
    (!text.contains('\0')).then_some(Text { text, converted: true })
}

/// Returns the place of a byte: lines by line feed, columns in bytes of the line.
fn mark_of(bytes: &[u8], at: usize) -> Mark {
    let before = &bytes[..at];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
    Mark::new(1 + memchr::memchr_iter(b'\n', before).count(), 1 + at - line_start)
}

#[cfg(test)]
mod tests {
    use super::text_of;

    fn message(bytes: &[u8]) -> String {
        let diagnostic = text_of(&"in".into(), bytes.to_vec()).unwrap_err();
        format!("{}: {}", diagnostic.location.unwrap(), diagnostic.message)
    }

    #[test]
    fn utf16_is_converted_in_both_byte_orders() {
        for bytes in [b"\xff\xfea\0:\0\n\0".as_slice(), b"\xfe\xff\0a\0:\0\n".as_slice()] {
            let text = text_of(&"in".into(), bytes.to_vec()).unwrap();
            assert_eq!(text.text, "a:\n");
            assert!(text.converted);
        }
    }

    #[test]
    fn utf8_keeps_its_byte_order_mark() {
        assert_eq!(text_of(&"in".into(), b"\xef\xbb\xbfa".to_vec()).unwrap().text, "\u{feff}a");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        assert_eq!(message(b"a\nb\xffc"), "in:2:2: the byte 0xff is not UTF-8");
        assert!(message(b"\x7fELF\0").starts_with("in:1:5: the input holds a NUL byte"));
        assert!(message(b"\xff\xfe\0\0a\0\0\0").contains("UTF-32"));
        assert!(message(b"\xff\xfea").contains("broken UTF-16"));
    }
}
