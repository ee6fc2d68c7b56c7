//! Splits a calendar into content lines (RFC 5545 section 3.1).

use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Iterates over unfolded content lines. Copies only folded lines.
///
/// The lines are bytes: a program may fold a line within a character, so only the unfolded line is UTF-8.
pub(crate) struct ContentLines<'t> {
    /// The text after the current line; `None`: the end is reached.
    rest: Option<&'t [u8]>,
}

impl<'t> ContentLines<'t> {
    /// Skips a byte order mark.
    pub(crate) fn of(text: &'t [u8]) -> Self {
        Self { rest: Some(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)) }
    }
}

impl<'t> Iterator for ContentLines<'t> {
    type Item = Cow<'t, [u8]>;

    fn next(&mut self) -> Option<Cow<'t, [u8]>> {
        let (line, mut rest) = split_line(self.rest?);
        let mut line = Cow::Borrowed(line);
        while let Some([b' ' | b'\t', folded @ ..]) = rest {
            let (more, after) = split_line(folded);
            line.to_mut().extend_from_slice(more);
            rest = after;
        }
        self.rest = rest;
        Some(line)
    }
}

/// Splits off the first line. Lines end with CRLF or LF.
fn split_line(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (line, rest) = match text.iter().position(|byte| *byte == b'\n').and_then(|end| text.split_at_checked(end)) {
        Some((line, rest)) => (line, rest.get(1..)),
        None => (text, None),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// A content line: `NAME;PARAMETER=value:value`.
#[derive(Clone, Copy)]
pub(crate) struct ContentLine<'l> {
    /// The name as written. Names have no case.
    pub name: &'l str,
    /// The parameters with their semicolons.
    parameters: &'l str,
    /// The value, not unescaped.
    pub value: &'l str,
}

impl<'l> ContentLine<'l> {
    /// Parses a line. `None`: the line is not `NAME:value`.
    ///
    /// A name may have any characters but spaces, control characters and those that separate the parts of a line.
    pub(crate) fn parse(line: &'l str) -> Option<Self> {
        let (name, rest) = line.split_at_checked(line.find([':', ';'])?)?;
        let is_valid = |c: char| !c.is_whitespace() && !c.is_control() && !['"', ',', '='].contains(&c);
        let name = name.trim_end();
        if name.is_empty() || !name.chars().all(is_valid) {
            return None;
        }
        let (parameters, value) = rest.split_at_checked(end_of_parameters(rest)?)?;
        Some(Self { name, parameters, value: value.strip_prefix(':')? })
    }

    /// Returns the length of the line in bytes, without separators.
    pub(crate) fn length(&self) -> usize {
        self.name.len().saturating_add(self.parameters.len()).saturating_add(self.value.len())
    }

    /// Replaces the value.
    pub(crate) fn with_value(self, value: &'l str) -> Self {
        Self { value, ..self }
    }

    /// Cuts the value to at most `max` bytes, and removes the parameters.
    pub(crate) fn cut(self, max: usize) -> Self {
        let end = (0..=max.min(self.value.len())).rev().find(|end| self.value.is_char_boundary(*end));
        Self { parameters: "", value: self.value.get(..end.unwrap_or(0)).unwrap_or_default(), ..self }
    }

    /// Returns whether the line has this upper-case name.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Returns the first value of a parameter, without quotes.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'l str> {
        let mut rest = self.parameters;
        loop {
            rest = rest.strip_prefix(';')?;
            let end = unquoted(rest, &[';']).unwrap_or(rest.len());
            let (parameter, after) = rest.split_at_checked(end)?;
            if let Some((key, value)) = parameter.split_once('=')
                && key.trim().eq_ignore_ascii_case(name)
            {
                return Some(value.trim().trim_matches('"'));
            }
            rest = after;
        }
    }

    /// Returns whether a parameter has this value, in any case.
    pub(crate) fn has_parameter(&self, name: &str, value: &str) -> bool {
        self.parameter(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }
}

/// Returns the index of the colon after the parameters. A quote without its end does not hide the colon.
fn end_of_parameters(text: &str) -> Option<usize> {
    unquoted(text, &[':']).or_else(|| text.find(':'))
}

/// Returns the index of the first of these characters outside quotes.
fn unquoted(text: &str, wanted: &[char]) -> Option<usize> {
    let mut is_quoted = false;
    text.char_indices().find_map(|(index, character)| {
        is_quoted ^= character == '"';
        (!is_quoted && wanted.contains(&character)).then_some(index)
    })
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
            let mut lines: Vec<_> = ContentLines::of(text.as_bytes()).collect();
            // a trailing line break does not begin a line
            if lines.last().is_some_and(|last| last.is_empty()) {
                lines.pop();
            }
            assert_eq!(lines, unfolded.lines().map(str::as_bytes).collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn unfolds_within_a_character_and_skips_a_byte_order_mark() {
        let (crab, mut text) = ("\u{1f980}".as_bytes(), b"\xEF\xBB\xBFA:".to_vec());
        for byte in crab {
            text.extend([*byte, b'\r', b'\n', b' ']);
        }
        let lines: Vec<_> = ContentLines::of(&text).collect();
        assert_eq!(lines, ["A:\u{1f980}".as_bytes()]);
    }

    #[test]
    fn parses_names_parameters_and_values() {
        for (line, expected) in [
            ("A:b", Some(("A", None, "b"))),
            ("X-A;P=c:d:e", Some(("X-A", Some("c"), "d:e"))),
            ("X_A;Q=1;p=\"c:d;e\";R=2:f", Some(("X_A", Some("c:d;e"), "f"))),
            ("A;P=\"c:d", Some(("A", Some("c"), "d"))),
            ("A;P:b", Some(("A", None, "b"))),
            ("A:", Some(("A", None, ""))),
            ("A;B", None),
            (":b", None),
            ("A b:c", None),
            ("A", None),
            ("", None),
        ] {
            let parsed = ContentLine::parse(line);
            let parts = parsed.map(|line| (line.name, line.parameter("P"), line.value));
            assert_eq!(parts, expected, "{line}");
        }
    }
}
