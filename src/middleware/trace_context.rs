//! The trace id of a request (W3C Trace Context).

use std::fmt;

use actix_web::http::header::HeaderMap;

/// The id of a trace (W3C Trace Context, section 3.2.2.3). Displayed as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TraceId(u128);

impl TraceId {
    /// Returns the trace id of `traceparent`. Generates one if the header is missing, invalid or repeated.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all("traceparent");
        let first = values.next().and_then(|value| value.to_str().ok());
        match (first.and_then(Self::parse), values.next()) {
            (Some(trace), None) => trace,
            _ => Self(rand::random::<u128>().max(1)),
        }
    }

    /// Parses `00-<trace>-<parent>-<flags>`. In later versions, more fields may follow these four.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.splitn(5, '-');
        let mut field = |length| {
            let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            fields.next().filter(|text| text.len() == length && is_hex(text))
        };
        let (version, trace, parent, _flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        let is_first = version == "00";
        if version == "ff" || is_first && fields.next().is_some() || parent == "0000000000000000" {
            return None;
        }
        u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0).map(Self)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn parses_valid_trace_ids() {
        for valid in [
            format!("00-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b7169203331-ff"),
            format!("cc-{TRACE}-b7ad6b7169203331-01"),
            format!("cc-{TRACE}-b7ad6b7169203331-01-what-the-future-holds"),
        ] {
            assert_eq!(TraceId::parse(&valid).map(|trace| trace.to_string()).as_deref(), Some(TRACE), "{valid}");
        }
    }

    #[test]
    fn replaces_an_invalid_trace_id() {
        let zero = "0".repeat(32);
        for invalid in [
            String::new(),
            TRACE.into(),
            format!("00-{zero}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("ff-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b7169203331-01-more"),
            format!("cc-{TRACE}-b7ad6b7169203331-01more"),
            format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-b7ad6b7169203331"),
            format!("0-{TRACE}-b7ad6b7169203331-01"),
            format!("00-+{}-b7ad6b7169203331-01", &TRACE[1..]),
        ] {
            assert_eq!(TraceId::parse(&invalid), None, "{invalid}");
            let mut headers = HeaderMap::new();
            headers.insert(
                HeaderName::from_static("traceparent"),
                HeaderValue::from_str(&invalid).expect("the value is visible ASCII"),
            );
            assert_ne!(TraceId::of(&headers), TraceId::of(&headers), "each request gets its own trace id");
        }
    }

    #[test]
    fn ignores_two_traceparent_headers() {
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            let value =
                HeaderValue::from_str(&format!("00-{TRACE}-b7ad6b7169203331-01")).expect("the value is visible ASCII");
            headers.append(HeaderName::from_static("traceparent"), value);
        }
        assert_ne!(TraceId::of(&headers).to_string(), TRACE);
    }
}
