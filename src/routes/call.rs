//! What ties a request to its lines in the log: its id, and the trace that it belongs to.

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName};
use uuid::Uuid;

use crate::auth::Kind;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request, as the edge sees it. In its extensions behind an `Rc`.
pub(super) struct Call {
    /// The id that the answer carries too.
    pub id: String,
    pub trace: Trace,
    pub method: Method,
    pub began: Instant,
    /// The pattern of the resource that the request is for, as the table of routes has it, once it is found.
    pub route: Cell<Option<&'static str>>,
    /// The authenticated user, also of a request that is denied, and the kind of the credential.
    pub user: OnceCell<(String, Kind)>,
}

impl Call {
    pub(super) fn of(request: &ServiceRequest) -> Self {
        let headers = request.headers();
        Self {
            id: request_id(headers),
            trace: Trace::of(headers),
            method: request.method().clone(),
            began: Instant::now(),
            route: Cell::default(),
            user: OnceCell::new(),
        }
    }
}

impl Call {
    /// Notes the authenticated user for the log, also where the request then is denied.
    pub(super) fn set_user(request: &ServiceRequest, user: &str, kind: Kind) {
        if let Some(call) = request.extensions().get::<Rc<Self>>() {
            let _ = call.user.set((user.to_owned(), kind)); // a request has one user
        }
    }
}

/// The sender's own, if it is of `[A-Za-z0-9._-]{1,128}`; otherwise a new one.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if (1..=128).contains(&id.len()) && id.bytes().all(plain) => id.to_owned(),
        _ => Uuid::now_v7().to_string(),
    }
}

/// The id of a trace (W3C Trace Context, section 3.2.2.3), which prints as its 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Trace(u128);

impl Trace {
    /// The sender's trace, or a new one.
    fn of(headers: &HeaderMap) -> Self {
        let mut given = headers.get_all("traceparent");
        let first = given.next().and_then(|value| value.to_str().ok());
        match (first.and_then(Self::parse), given.next()) {
            (Some(trace), None) => trace,
            _ => Self(rand::random::<u128>().max(1)),
        }
    }

    /// Reads `00-<trace>-<parent>-<flags>`. Of a version after the first only these four fields are known, and more may follow.
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

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn a_trace_is_taken_over() {
        for good in [
            format!("00-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b7169203331-ff"),
            format!("cc-{TRACE}-b7ad6b7169203331-01"),
            format!("cc-{TRACE}-b7ad6b7169203331-01-what-the-future-holds"),
        ] {
            assert_eq!(Trace::parse(&good).map(|trace| trace.to_string()).as_deref(), Some(TRACE), "{good}");
        }
    }

    #[test]
    fn what_is_no_trace_makes_a_new_one() {
        let none = "0".repeat(32);
        for bad in [
            String::new(),
            TRACE.into(),
            format!("00-{none}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("ff-{TRACE}-b7ad6b7169203331-01"),
            format!("00-{TRACE}-b7ad6b7169203331-01-more"),
            format!("cc-{TRACE}-b7ad6b7169203331-01more"),
            format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-b7ad6b7169203331"),
            format!("0-{TRACE}-b7ad6b7169203331-01"),
            format!("00-+{}-b7ad6b7169203331-01", &TRACE[1..]),
        ] {
            assert_eq!(Trace::parse(&bad), None, "{bad}");
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static("traceparent"), HeaderValue::from_str(&bad).expect("it is text"));
            assert_ne!(Trace::of(&headers), Trace::of(&headers), "each has its own");
        }
    }

    #[test]
    fn two_traces_are_none() {
        let mut headers = HeaderMap::new();
        for _ in 0..2 {
            let value = HeaderValue::from_str(&format!("00-{TRACE}-b7ad6b7169203331-01")).expect("it is text");
            headers.append(HeaderName::from_static("traceparent"), value);
        }
        assert_ne!(Trace::of(&headers).to_string(), TRACE);
    }
}
