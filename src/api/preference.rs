//! Reads the preference `handling` of the header `Prefer` (RFC 7240 section 4.4).

use actix_web::http::header::{HeaderMap, HeaderName};

/// The header of preferences.
pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The header of the applied preferences.
pub(crate) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// The preference that this service applies, and the value of `Preference-Applied`.
pub(crate) const HANDLING_STRICT: &str = "handling=strict";

/// Returns whether the first preference `handling` is `strict`. Unknown preferences are ignored (section 2).
pub(crate) fn prefers_strict_handling(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(PREFER).filter_map(|line| line.to_str().ok());
    let mut preferences = lines.flat_map(|line| line.split(',')).filter_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        name.trim().eq_ignore_ascii_case("handling").then(|| value.trim().trim_matches('"'))
    });
    preferences.next().is_some_and(|value| value.eq_ignore_ascii_case("strict"))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn reads_the_first_handling() {
        for (lines, expected) in [
            (&[][..], false),
            (&["handling=strict"], true),
            (&["respond-async, Handling = \"strict\" ; x=1"], true),
            (&["wait=10", "handling=strict"], true),
            (&["handling=lenient, handling=strict"], false),
            (&["handling"], false),
            (&["handling=stricter"], false),
            (&["strict"], false),
        ] {
            let mut headers = HeaderMap::new();
            lines.iter().for_each(|line| headers.append(PREFER, HeaderValue::from_static(line)));
            assert_eq!(prefers_strict_handling(&headers), expected, "{lines:?}");
        }
    }
}
