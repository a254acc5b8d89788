//! Lines that split at their first and their last colon into a number, a text and a number.

use crate::components::messages::ListedTorrent;
use crate::components::monitor_parser::UNKNOWN;
use crate::engine::TorrentId;

/// A torrent's line.
pub(crate) fn torrent(id: TorrentId, name: &str, percent: i16) -> String {
    format!("{id}:{}:{percent}", escape(name))
}

/// A torrent's line in a list.
pub(super) fn listed(listed: &ListedTorrent) -> String {
    let percent = listed.stats.known_percent().map_or(UNKNOWN, i16::from);
    torrent(listed.torrentid, &listed.name, percent)
}

/// A command's line: no torrent has the id 0.
pub(super) fn answer(text: &str, status: u8) -> String {
    format!("0:{}:{status}", escape(text))
}

/// A sentence about a command or a torrent. It is for people, so `%` is itself.
pub(super) fn complaint(about: &str, reason: &str) -> String {
    escape_if(&format!("{about}: {reason}"), |letter, _| breaks_lines(letter))
}

/// One line stays one line, whatever a name holds, and two names stay two: a `%` that would be taken
/// for the beginning of an escape is escaped itself. Other `%` are left as they are.
fn escape(text: &str) -> String {
    escape_if(text, |letter, rest| breaks_lines(letter) || is_escape(rest))
}

/// Escapes each letter that is to be, judged by itself and by the text that it begins.
fn escape_if(text: &str, is_to_be: fn(char, &[u8]) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        if is_to_be(letter, &text.as_bytes()[at..]) {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                escaped.push_str(&format!("%{byte:02X}"));
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// Whether some reader may take this for the end of a line, or a terminal for an order.
pub(super) fn breaks_lines(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Whether this begins with `%` and two hexadecimal digits.
fn is_escape(text: &[u8]) -> bool {
    matches!(text, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_breaks_lines_is_escaped_and_percent_signs_only_where_they_would_mislead() {
        for (text, escaped) in [
            ("two\nlines\r\u{85}\0", "two%0Alines%0D%C2%85%00"),
            ("\u{2028}\u{2029}\u{7f}\u{1b}[2J", "%E2%80%A8%E2%80%A9%7F%1B[2J"),
            ("100 % pure, 50%!", "100 % pure, 50%!"),
            ("%0A %0a %aG %", "%250A %250a %aG %"),
            ("%%41 %\n %4\n", "%%2541 %%0A %4%0A"),
            ("a: b:é€\u{1d11e}\\\"", "a: b:é€\u{1d11e}\\\""),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn a_sentence_is_one_line_in_which_percent_signs_are_themselves() {
        let sentence = complaint("torrent:http://a/%20\n", "`%20\u{1b}` is\u{85}wrong");
        assert_eq!(sentence, "torrent:http://a/%20%0A: `%20%1B` is%C2%85wrong");
    }

    /// As the specification says how: `%` and two hexadecimal digits are a byte, all else is itself.
    fn unescape(text: &str) -> String {
        let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
        while let [first, after @ ..] = rest {
            if is_escape(rest) {
                let digits = std::str::from_utf8(&rest[1..3]).expect("digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
                rest = &rest[3..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        String::from_utf8(bytes).expect("what was escaped was text")
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_one_line_and_comes_back_as_it_was(
            text in "([%0-9a-fA-F\n\r\\x00\\x7f\u{85}\u{2028}é:]|\\PC){0,20}",
        ) {
            let escaped = escape(&text);
            prop_assert!(!escaped.chars().any(breaks_lines));
            prop_assert_eq!(unescape(&escaped), text);
        }
    }
}
