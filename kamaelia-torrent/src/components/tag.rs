//! Tags: what a driver writes before a command to know its answer by.
//!
//! `@TAG COMMAND`, with one space between. A tag means nothing here; it is repeated in the answer.

/// The longest tag, in bytes.
pub const TAG_BYTES_MAX: usize = 64;

/// Divides a line into its tag, if it has one, and its command. A line that begins with `@` and has
/// no proper tag is all command, and no command begins like that.
pub fn split_tag(line: &str) -> (Option<&str>, &str) {
    let divided = line.strip_prefix('@').and_then(|rest| rest.split_once(' '));
    match divided {
        Some((tag, command)) if is_tag(tag) => (Some(tag), command),
        _ => (None, line),
    }
}

/// No letter of a tag means anything to a shell, to JSON, or to whoever splits a line at its colons.
fn is_tag(text: &str) -> bool {
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=TAG_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_harmless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_what_stands_between_an_at_sign_and_the_first_space() {
        assert_eq!(split_tag("@a list"), (Some("a"), "list"));
        assert_eq!(split_tag("@Job_7.b-c file:a b"), (Some("Job_7.b-c"), "file:a b"));
        assert_eq!(split_tag("@a  list"), (Some("a"), " list"));
        assert_eq!(split_tag("@a @b list"), (Some("a"), "@b list"));
        assert_eq!(split_tag("@a "), (Some("a"), ""));
    }

    #[test]
    fn a_line_without_a_proper_tag_is_all_command() {
        let long = format!("@{} list", "x".repeat(TAG_BYTES_MAX + 1));
        let improper = [
            "",
            "list",
            " @a list",
            "@",
            "@ list",
            "@a",
            "@a:b list",
            "@é list",
            "@a\tlist",
            &long,
        ];
        for line in improper {
            assert_eq!(split_tag(line), (None, line));
        }
        assert_eq!(split_tag(&long.replacen('x', "", 1)).1, "list");
    }
}
