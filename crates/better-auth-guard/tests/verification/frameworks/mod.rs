//! Tests the middleware and the extractors of each web framework with the same requests.
//!
//! `/me` responds with the user of `Authenticated`, `/api/{user_id}/tasks` with the user of `Owner`.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;

use better_auth_guard::{FailedAttemptLimit, Guard, Jwks, KeySet, Secret};
use serde_json::{Value, json};

use crate::guard::{builder, forged_cookie};
use crate::support::{BETTER_AUTH_URL, SECRET, TOKEN, cookie_header, hs256, jwt};

/// The response of a framework. Names of headers are in lower case.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A request with its expected response.
pub struct Case {
    pub method: &'static str,
    pub path: &'static str,
    pub headers: Vec<(&'static str, String)>,
    expected: Result<&'static str, Rejected>,
}

/// The status, the code of the problem document, and the challenge.
type Rejected = (u16, &'static str, Option<&'static str>);

const MISSING: Rejected = (401, "missing_credential", Some("Bearer"));
const INVALID: Rejected = (401, "invalid_credential", Some(r#"Bearer error="invalid_token""#));
const EXPIRED: Rejected = (401, "credential_expired", Some(r#"Bearer error="invalid_token""#));
const FORBIDDEN: Rejected = (403, "forbidden", None);
const UNTRUSTED: Rejected = (403, "untrusted_origin", None);

impl Case {
    fn get(path: &'static str, headers: Vec<(&'static str, String)>, expected: Result<&'static str, Rejected>) -> Self {
        Self { method: "GET", path, headers, expected }
    }

    /// Asserts the body of an accepted request, or the problem document of a rejected one.
    pub fn check(&self, answer: &Answer) {
        let name = format!("{} {} {:?}: {}", self.method, self.path, self.headers, answer.body);
        let (status, code, challenge) = match self.expected {
            Ok(body) => {
                assert_eq!((answer.status, answer.body.as_str()), (200, body), "{name}");
                return;
            }
            Err(rejected) => rejected,
        };
        assert_eq!((answer.status, answer.header("www-authenticate")), (status, challenge), "{name}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        let problem: Value = serde_json::from_str(&answer.body).expect("a problem document");
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)), "{name}");
        assert_eq!(answer.header("retry-after").is_some(), [429, 503].contains(&status), "{name}");
    }
}

fn bearer(user: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {}", jwt(user)))]
}

fn cookie() -> Vec<(&'static str, String)> {
    vec![("cookie", cookie_header(TOKEN))]
}

/// Returns requests to an app that requires a credential.
pub fn required() -> Vec<Case> {
    let expired = format!("Bearer {}", hs256(&json!({ "sub": "alice", "exp": 1 }), SECRET));
    let mut cases = vec![
        Case::get("/me", vec![], Err(MISSING)),
        Case::get("/api/alice/tasks", vec![], Err(MISSING)),
        Case::get("/me", vec![("cookie", forged_cookie())], Err(INVALID)),
        Case::get("/me", vec![("authorization", expired)], Err(EXPIRED)),
        Case::get("/me", bearer("alice"), Ok("alice")),
        Case::get("/me", cookie(), Ok("alice")),
        Case::get("/mine", cookie(), Ok("alice")),
        Case::get("/api/alice/tasks", cookie(), Ok("alice")),
        Case::get("/api/bob/tasks", cookie(), Err(FORBIDDEN)),
        Case::get("/api/Alice/tasks", cookie(), Err(FORBIDDEN)),
    ];
    let by_origin = [
        (None, Err(UNTRUSTED)),
        (Some(("origin", "https://evil.example")), Err(UNTRUSTED)),
        (Some(("sec-fetch-site", "cross-site")), Err(UNTRUSTED)),
        (Some(("sec-fetch-site", "same-origin")), Ok("alice")),
        (Some(("origin", BETTER_AUTH_URL)), Ok("alice")),
    ];
    for (origin, expected) in by_origin {
        let origin = origin.map(|(name, value)| (name, value.to_owned()));
        let headers = cookie().into_iter().chain(origin).collect();
        cases.push(Case { method: "POST", path: "/me", headers, expected });
    }
    cases.push(Case { method: "POST", path: "/me", headers: bearer("alice"), expected: Ok("alice") });
    cases
}

/// Returns requests whose path contains percent-encoded characters.
pub fn encoded_paths() -> Vec<Case> {
    let table: [(&str, &'static str, Result<&'static str, Rejected>); 11] = [
        ("alice", "/api/%61lice/tasks", Ok("alice")),
        ("a b/ü%", "/api/a%20b%2F%C3%BC%25/tasks", Ok("a b/ü%")),
        ("a+b", "/api/a+b/tasks", Ok("a+b")),
        ("a+b", "/api/a%2Bb/tasks", Ok("a+b")),
        ("a b", "/api/a+b/tasks", Err(FORBIDDEN)),
        ("%61lice", "/api/%2561lice/tasks", Ok("%61lice")),
        ("%61lice", "/api/%61lice/tasks", Err(FORBIDDEN)),
        ("alice", "/api/%2561lice/tasks", Err(FORBIDDEN)),
        ("alice", "/api/alice%20/tasks", Err(FORBIDDEN)),
        // not UTF-8: a framework replaces the bytes, and a user may have the replacement as the id
        ("\u{fffd}", "/api/%FF/tasks", Err(FORBIDDEN)),
        ("\u{fffd}", "/api/%EF%BF%BD/tasks", Ok("\u{fffd}")),
    ];
    table.into_iter().map(|(user, path, expected)| Case::get(path, bearer(user), expected)).collect()
}

/// Returns requests to an app that also accepts requests without a credential.
pub fn optional() -> Vec<Case> {
    vec![
        Case::get("/maybe", vec![], Ok("nobody")),
        Case::get("/maybe", cookie(), Ok("alice")),
        Case::get("/maybe", bearer("bob"), Ok("bob")),
        Case::get("/maybe", vec![("cookie", forged_cookie())], Err(INVALID)),
        Case::get("/me", vec![], Err(MISSING)),
        Case::get("/api/alice/tasks", vec![], Err(MISSING)),
    ]
}

/// Returns requests to an app without the middleware. No extractor accepts a credential by itself.
pub fn without_middleware() -> Vec<Case> {
    ["/me", "/mine", "/api/alice/tasks"].map(|path| Case::get(path, cookie(), Err(MISSING))).into()
}

/// Returns a guard without a session source, and a request that it cannot verify.
pub fn unavailable() -> (Guard, Case) {
    let guard = Guard::builder().secrets([Secret::new(SECRET)]).base_url(BETTER_AUTH_URL);
    let guard = guard.jwks(Jwks::set(KeySet::default())).build().expect("the settings are valid");
    (guard, Case::get("/me", cookie(), Err((503, "unavailable", None))))
}

/// Returns a guard with a limit of invalid credentials, and a request that it limits after some repetitions.
pub fn limited() -> (Guard, Case) {
    let limit = FailedAttemptLimit { burst: 1, per_second: 1 };
    let guard = builder().failed_attempt_limit(Some(limit)).build().expect("the settings are valid");
    (guard, Case::get("/me", vec![("cookie", forged_cookie())], Err((429, "rate_limited", None))))
}
