//! Text from names, peers and commands that may go to a terminal or a log.
//!
//! A file name may hold line breaks and escape sequences. In messages they are written as `\n` and
//! `\u{1b}`, so that one message stays one line and no name steers a terminal. Rows on standard
//! output are not treated: scripts want the names as they are.
use std::borrow::Cow;

/// The text with its control characters written out.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_name_cannot_break_a_line_or_steer_a_terminal() {
        assert_eq!(printable("/a\nb\x1b[2J\u{9b}m"), "/a\\nb\\u{1b}[2J\\u{9b}m");
        assert_eq!(printable("/ärger\\n"), "/ärger\\n");
    }
}
