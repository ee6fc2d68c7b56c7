//! Reads the content lines of a calendar (RFC 5545 section 3.1).

use std::borrow::Cow;

/// Iterates over unfolded content lines. Copies only folded lines.
pub(crate) struct ContentLines<'t> {
    /// The text after the current line; `None`: the end is reached.
    rest: Option<&'t str>,
}

impl<'t> ContentLines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { rest: Some(text) }
    }
}

impl<'t> Iterator for ContentLines<'t> {
    type Item = Cow<'t, str>;

    fn next(&mut self) -> Option<Cow<'t, str>> {
        let (line, mut rest) = split_line(self.rest?);
        let mut line = Cow::Borrowed(line);
        while let Some(folded) = rest.and_then(|rest| rest.strip_prefix([' ', '\t'])) {
            let (more, after) = split_line(folded);
            line.to_mut().push_str(more);
            rest = after;
        }
        self.rest = rest;
        Some(line)
    }
}

/// Splits off the first line. Lines end with CRLF or LF.
fn split_line(text: &str) -> (&str, Option<&str>) {
    let (line, rest) = match text.split_once('\n') {
        Some((line, rest)) => (line, Some(rest)),
        None => (text, None),
    };
    (line.strip_suffix('\r').unwrap_or(line), rest)
}

/// Returns the name of a content line: letters, digits and hyphens before `:` or `;`. `None`: the line is not `NAME:value`.
pub(crate) fn name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once([':', ';'])?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_name && line.contains(':')).then_some(name)
}

#[cfg(test)]
mod tests {
    use icalendar::parser::unfold;

    use super::*;

    #[test]
    fn unfolds_like_the_icalendar_crate() {
        for text in [
            "A:1\r\nB:2\r\n",
            "A:1\nB:2",
            "A:one\r\n  and a half\r\n\tand\nB:2\n three\r\n",
            "A:1\r\n\r\n x\r\nB:2",
            " A:1\r\n ",
            "A:\u{fc}\r\n \u{1f980}\n",
            "",
        ] {
            let unfolded = unfold(text);
            let mut lines: Vec<_> = ContentLines::of(text).collect();
            // a trailing line break does not begin a line
            if lines.last().is_some_and(|last| last.is_empty()) {
                lines.pop();
            }
            assert_eq!(lines, unfolded.lines().collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn a_name_ends_at_a_colon_or_a_semicolon() {
        for (line, expected) in
            [("A:b", Some("A")), ("X-A;B=c:d", Some("X-A")), ("A;B", None), (":b", None), ("A b:c", None), ("A", None)]
        {
            assert_eq!(name(line), expected, "{line}");
        }
    }
}
