//! Converts the names of Windows' time zones, by the table of the Unicode CLDR.

use std::borrow::Cow;

use chrono_tz::Tz;
use icu_time::zone::WindowsParser;
use icu_time::zone::iana::IanaParserExtended;

/// The maximum number of words of a name.
const MAX_WORDS: usize = 7;

/// Finds the IANA zone of a Windows name in any case.
pub(crate) fn iana(name: &str) -> Option<Tz> {
    let lower = name.to_ascii_lowercase();
    if !(lower.contains("standard time") || lower.starts_with("utc")) {
        return None;
    }
    let parser = WindowsParser::new();
    let zone = spellings(name).into_iter().find_map(|name| parser.parse(&name, None))?;
    let iana = IanaParserExtended::new();
    iana.iter().find(|name| name.time_zone == zone)?.canonical.parse().ok()
}

/// Returns the name as written, and with each word in upper case or with capital letters. The table has only such words.
fn spellings(name: &str) -> Vec<Cow<'_, str>> {
    let mut spellings = vec![Cow::Borrowed(name)];
    let words: Vec<&str> = name.split(' ').collect();
    if words.len() <= MAX_WORDS && name.is_ascii() {
        let upper: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
        let capitals: Vec<String> = words.iter().map(|word| capitalized(word)).collect();
        spellings.extend((0..1_usize << words.len()).map(|choice| {
            let word = |index: usize| if choice >> index & 1 == 0 { &capitals[index] } else { &upper[index] };
            (0..words.len()).map(|index| word(index).as_str()).collect::<Vec<_>>().join(" ").into()
        }));
    }
    spellings
}

/// Writes the first letter of each run of letters as a capital.
fn capitalized(word: &str) -> String {
    let mut is_first = true;
    word.chars()
        .map(|character| {
            let written = if is_first { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() };
            is_first = !character.is_ascii_alphabetic();
            written
        })
        .collect()
}
