//! What the contract names and this version does not serve yet.

use super::reader::Reader;

/// Settings that others may rely on and this version does not serve: better not to start than to pass them over.
pub(super) fn refuse(reader: &mut Reader<'_>) {
    const NEUTRAL: [(&str, &str); 7] = [
        ("SESSION_TIMEZONE", "UTC"),
        ("SESSION_CACHE", "off"),
        ("RATE_LIMIT", "off"),
        ("TRUSTED_PROXIES", ""),
        ("LOG_FORMAT", "text"),
        ("METRICS_ADDR", ""),
        ("METRICS_TOKEN", ""),
    ];
    for (name, neutral) in NEUTRAL {
        if reader.text(name).is_some_and(|text| text != neutral) {
            reader.problem(name, "is not served by this version; leave it unset");
        }
    }
}
