//! Formats causes, fixes, tokens and durations.

use chrono::TimeDelta;

/// A cause and its fix.
pub(crate) type Finding = (String, String);

/// Truncates a token to its first 8 characters, or to a quarter of a short token.
pub(crate) fn redact(token: &str) -> String {
    let length = (token.chars().count() / 4).min(8);
    let printable = |character: char| if character.is_ascii_graphic() { character } else { '?' };
    token.chars().take(length).map(printable).chain(['…']).collect()
}

/// Quotes untrusted text. Escapes line breaks and truncates after 80 characters.
pub(crate) fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Formats a duration, such as `90 s`, `10 min` or `3 days`. Ignores the sign.
pub(crate) fn format_duration(duration: TimeDelta) -> String {
    let seconds = duration.num_seconds().abs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
