//! Tests the protection from cross-site request forgery.

use better_auth_guard::{CredentialError, CredentialKind, Rejection};
use http::{Method, Request};
use serde_json::json;

use super::{Outcome, TestSessions, alice_by, authenticate, builder, cookie_value};
use crate::support::vectors::{of_kind, text};
use crate::support::{BETTER_AUTH_URL, TOKEN, cookie_header, jwt};

type Header = (&'static str, &'static str);

#[tokio::test]
async fn a_write_with_a_cookie_needs_a_trusted_origin() {
    let guard = builder().trusted_origins(["https://admin.example.com"]).build().unwrap();
    let cookie = cookie_header(TOKEN);
    let (accepted, rejected) = (alice_by(CredentialKind::SessionCookie), Err(CredentialError::UntrustedOrigin));
    let table: [(Method, Option<Header>, &Outcome); 9] = [
        (Method::GET, None, &accepted),
        (Method::HEAD, Some(("origin", "https://evil.example")), &accepted),
        (Method::POST, None, &rejected),
        (Method::DELETE, Some(("origin", "https://evil.example")), &rejected),
        (Method::PATCH, Some(("origin", "null")), &rejected),
        (Method::PUT, Some(("sec-fetch-site", "same-site")), &rejected),
        (Method::POST, Some(("sec-fetch-site", "same-origin")), &accepted),
        (Method::POST, Some(("origin", BETTER_AUTH_URL)), &accepted),
        (Method::POST, Some(("origin", "https://admin.example.com")), &accepted),
    ];
    for (method, origin, expected) in table {
        let pairs: Vec<(&'static str, &str)> = [("cookie", cookie.as_str())].into_iter().chain(origin).collect();
        assert_eq!(authenticate(&guard, method.clone(), &pairs).await, *expected, "{method} {origin:?}");
    }
    // A browser does not add an Authorization header by itself.
    let bearers = [(jwt("alice"), CredentialKind::Jwt), (cookie_value(TOKEN), CredentialKind::BearerSession)];
    for (credential, kind) in bearers {
        let bearer = format!("Bearer {credential}");
        assert_eq!(authenticate(&guard, Method::POST, &[("authorization", &bearer)]).await, alice_by(kind));
    }
    let unchecked = builder().check_origin(false).build().unwrap();
    assert_eq!(authenticate(&unchecked, Method::POST, &[("cookie", &cookie)]).await, accepted);
}

/// Checks that the guard accepts and rejects the origins that Better Auth does, except where it is stricter.
#[tokio::test]
async fn origin_checks_match_better_auth_or_are_stricter() {
    // The sending page can omit Referer.
    const STRICTER: [&str; 1] = ["POST cookie referer same only"];
    let guard = builder()
        .base_url("http://localhost:3000")
        .trusted_origins(["https://web.example.com", "https://*.preview.example.com", "myapp://"])
        .sessions(TestSessions { accepts_every_token: true })
        .build()
        .unwrap();
    let mut count = 0;
    for vector in of_kind("csrf") {
        for (name, request) in vector["expected"].as_object().unwrap() {
            // Left out: requests without a session.
            if request["path"] == "/sign-in/email" {
                continue;
            }
            let method: Method = text(request, "/method").parse().unwrap();
            let mut sent = Request::builder().method(method);
            for (header, value) in request["headers"].as_object().unwrap() {
                sent = sent.header(header, value.as_str().unwrap());
            }
            let (parts, ()) = sent.body(()).unwrap().into_parts();
            let status = match guard.authenticate(&parts).await {
                Ok(_) => 200,
                Err(error) => Rejection::from(error).status(),
            };
            let expected = if STRICTER.contains(&name.as_str()) { json!(403) } else { request["status"].clone() };
            assert_eq!(json!(status), expected, "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 10);
}
