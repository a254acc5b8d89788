//! What texts of this room have in common: nothing in a name may act on a line or a terminal.

/// Whether a letter would break a line, move a cursor or turn the text around. Such letters are not
/// allowed in some formats, and wanted in none.
pub(super) fn is_awkward(letter: char) -> bool {
    const TURNS: [std::ops::RangeInclusive<char>; 2] =
        ['\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || TURNS.iter().any(|turns| turns.contains(&letter))
}

/// The text for people: awkward letters as Rust writes them, such as `\n`.
pub(super) fn visible(text: &str) -> String {
    escaped(text, is_awkward)
}

/// The text with some letters as Rust writes them.
pub(super) fn escaped(text: &str, is_meant: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_meant(letter) {
            true => escaped.extend(letter.escape_default()),
            false => escaped.push(letter),
        }
    }
    escaped
}

/// At most `letters_max` letters: the beginning and the end of what is longer.
pub(super) fn shortened(text: &str, letters_max: usize) -> String {
    let letters = text.chars().count();
    if letters <= letters_max {
        return text.to_owned();
    }
    let kept = letters_max.saturating_sub(1);
    let (head, tail) = (kept / 2, kept - kept / 2);
    let beginning = text.chars().take(head);
    let end = text.chars().skip(letters - tail);
    beginning.chain(['…']).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_visible_text_acts_on_a_terminal() {
        assert_eq!(visible("a\n\u{1b}[31m\u{202e}b"), "a\\n\\u{1b}[31m\\u{202e}b");
        assert_eq!(visible("naïve 日本 \"\\"), "naïve 日本 \"\\");
    }

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(shortened("abcdefgh", 8), "abcdefgh");
        assert_eq!(shortened("abcdefghi", 8), "abc…fghi");
        assert_eq!(shortened("ééé", 2), "…é");
    }
}
