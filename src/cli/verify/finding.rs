//! A cause and a remedy, and how tokens and time spans are shown in them.

use chrono::TimeDelta;

/// A cause, and what to change.
pub(crate) type Finding = (String, String);

/// What may be shown of a token: its first 8 characters, or of a short one a quarter.
pub(crate) fn redact(token: &str) -> String {
    let shown = (token.chars().count() / 4).min(8);
    let printable = |letter: char| if letter.is_ascii_graphic() { letter } else { '?' };
    token.chars().take(shown).map(printable).chain(['…']).collect()
}

/// Somebody else's words, without line breaks and not without end.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A time span for people.
pub(crate) fn span(span: TimeDelta) -> String {
    let seconds = span.num_seconds().abs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
