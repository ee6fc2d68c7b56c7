//! Tests the guard: a method and headers in, a user or an error out.

mod builder;
mod origin;

use std::net::IpAddr;

use better_auth_guard::sessions::{SessionSource, Unavailable};
use better_auth_guard::{
    Authenticated, CredentialError, CredentialErrorReason, CredentialKind, FailedAttemptLimit, Forbidden, Guard,
    GuardBuilder, InvalidCredential, Jwks, JwksSource, KeyOrigin, KeySet, LoadedKeys, RequestHead, Secret,
    SessionRecord, SessionToken,
};
use chrono::{TimeDelta, Utc};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use serde_json::json;

use crate::support::{BETTER_AUTH_URL, SECRET, TOKEN, cookie_header, ed25519_jwk, eddsa, hs256, jwt};

/// A source with the session of [`TOKEN`] only, or of every token.
pub struct TestSessions {
    pub accepts_every_token: bool,
}

impl SessionSource for TestSessions {
    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        let is_known = self.accepts_every_token || token.expose() == TOKEN;
        Ok(is_known.then(|| record(TimeDelta::hours(1))))
    }
}

/// A source that is unreachable.
struct UnreachableSource;

impl SessionSource for UnreachableSource {
    async fn find(&self, _: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        Err(Unavailable("the source is unreachable".into()))
    }
}

impl JwksSource for UnreachableSource {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        Err("the source is unreachable".into())
    }
}

/// Returns a session of alice that ends after this time.
fn record(lifetime: TimeDelta) -> SessionRecord {
    SessionRecord {
        user_id: "alice".into(),
        expires_at: Utc::now() + lifetime,
        user_exists: true,
        banned: false,
        ban_expires: None,
    }
}

/// Returns a builder with the secret, the base URL and the key of the tests, and with the session of [`TOKEN`].
pub fn builder() -> GuardBuilder {
    Guard::builder()
        .secrets([Secret::new(SECRET)])
        .base_url(BETTER_AUTH_URL)
        .jwks(Jwks::set(KeySet::from_jwks(&[ed25519_jwk("ed")]).0))
        .sessions(TestSessions { accepts_every_token: false })
}

pub fn guard() -> Guard {
    builder().build().expect("the settings are valid")
}

/// The result of [`authenticate`]: the user and the kind of the credential.
type Outcome = Result<(String, CredentialKind), CredentialError>;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
    };
    pairs.iter().map(header).collect()
}

/// Authenticates a request from this address.
async fn authenticate_from(
    address: Option<IpAddr>,
    guard: &Guard,
    method: Method,
    pairs: &[(&'static str, &str)],
) -> Result<Authenticated, CredentialError> {
    guard.authenticate(RequestHead::new(&method, &headers(pairs)).client(address)).await
}

async fn authenticate(guard: &Guard, method: Method, pairs: &[(&'static str, &str)]) -> Outcome {
    let authenticated = authenticate_from(None, guard, method, pairs).await?;
    Ok((authenticated.user_id().to_owned(), authenticated.kind()))
}

fn alice_by(kind: CredentialKind) -> Outcome {
    Ok(("alice".into(), kind))
}

fn invalid(kind: CredentialKind, reason: CredentialErrorReason) -> CredentialError {
    CredentialError::Invalid(InvalidCredential { kind, reason })
}

/// Returns a cookie with the signature of another token.
pub fn forged_cookie() -> String {
    cookie_header(TOKEN).replacen("=tok", "=bad", 1)
}

fn cookie_value(token: &str) -> String {
    cookie_header(token).split_once('=').expect("a cookie").1.to_owned()
}

#[tokio::test]
async fn each_kind_of_credential_authenticates_its_user() {
    let guard = guard();
    let exp = Utc::now().timestamp() + 900;
    let tokens = [jwt("alice"), eddsa("ed", &json!({ "sub": "alice", "exp": exp }))];
    for token in tokens {
        let bearer = format!("Bearer {token}");
        let authenticated = authenticate_from(None, &guard, Method::GET, &[("authorization", &bearer)]).await.unwrap();
        assert_eq!((authenticated.user_id(), authenticated.kind()), ("alice", CredentialKind::Jwt));
        assert_eq!(authenticated.claims().expect("a JWT has claims")["sub"], "alice");
        assert!(authenticated.session().is_none());
    }
    let bearer = format!("Bearer {}", cookie_value(TOKEN));
    let by_session = [
        (("cookie", cookie_header(TOKEN)), CredentialKind::SessionCookie),
        (("authorization", bearer), CredentialKind::BearerSession),
    ];
    for ((name, value), kind) in by_session {
        let authenticated = authenticate_from(None, &guard, Method::GET, &[(name, &value)]).await.unwrap();
        assert_eq!((authenticated.user_id(), authenticated.kind()), ("alice", kind));
        assert_eq!(authenticated.session().map(|session| session.user_id.as_str()), Some("alice"));
        assert!(authenticated.claims().is_none());
    }
}

#[tokio::test]
async fn the_parts_of_a_request_are_accepted() {
    let request = Request::get("/").header("cookie", cookie_header(TOKEN)).body(()).unwrap();
    let (parts, ()) = request.into_parts();
    assert_eq!(guard().authenticate(&parts).await.unwrap().user_id(), "alice");
}

#[tokio::test]
async fn missing_and_invalid_credentials_are_distinct_errors() {
    let guard = guard();
    for pairs in [vec![], vec![("cookie", "theme=dark")], vec![("authorization", "Basic YTpi")]] {
        assert_eq!(authenticate(&guard, Method::GET, &pairs).await, Err(CredentialError::Missing), "{pairs:?}");
    }
    let forged = forged_cookie();
    let revoked = cookie_header("tok00000000000000000000000000001");
    let expired = format!("Bearer {}", hs256(&json!({ "sub": "alice", "exp": 1 }), SECRET));
    let table = [
        ("cookie", forged.as_str(), CredentialKind::SessionCookie, CredentialErrorReason::BadSignature),
        ("cookie", &revoked, CredentialKind::SessionCookie, CredentialErrorReason::NoSession),
        ("authorization", "Bearer", CredentialKind::Jwt, CredentialErrorReason::EmptyBearer),
        ("authorization", &expired, CredentialKind::Jwt, CredentialErrorReason::Expired),
    ];
    for (name, value, kind, reason) in table {
        assert_eq!(authenticate(&guard, Method::GET, &[(name, value)]).await, Err(invalid(kind, reason)), "{value}");
    }
    // An invalid Bearer has no fallback to a valid cookie.
    let both = [("authorization", expired.as_str()), ("cookie", &cookie_header(TOKEN))];
    let rejected = invalid(CredentialKind::Jwt, CredentialErrorReason::Expired);
    assert_eq!(authenticate(&guard, Method::GET, &both).await, Err(rejected));
}

#[tokio::test]
async fn an_unavailable_source_is_not_an_invalid_credential() {
    let cookie = cookie_header(TOKEN);
    let without_sessions = || Guard::builder().secrets([Secret::new(SECRET)]).base_url(BETTER_AUTH_URL);
    let no_keys = || Jwks::set(KeySet::default());
    for guard in [without_sessions().sessions(UnreachableSource).jwks(no_keys()), without_sessions().jwks(no_keys())] {
        let guard = guard.build().unwrap();
        let outcome = authenticate(&guard, Method::GET, &[("cookie", &cookie)]).await;
        assert!(matches!(outcome, Err(CredentialError::Unavailable(_))), "{outcome:?}");
        // A forged cookie needs no look-up.
        let forged = forged_cookie();
        let outcome = authenticate(&guard, Method::GET, &[("cookie", &forged)]).await;
        assert_eq!(outcome, Err(invalid(CredentialKind::SessionCookie, CredentialErrorReason::BadSignature)));
    }
    let guard = builder().jwks(Jwks::new(UnreachableSource)).build().unwrap();
    let bearer = format!("Bearer {}", eddsa("ed", &json!({ "sub": "alice", "exp": 4_102_444_800_i64 })));
    let outcome = authenticate(&guard, Method::GET, &[("authorization", &bearer)]).await;
    assert_eq!(outcome, Err(CredentialError::Unavailable(Unavailable("the source is unreachable".into()))));
    let bearer = format!("Bearer {}", jwt("alice"));
    let outcome = authenticate(&guard, Method::GET, &[("authorization", &bearer)]).await;
    assert_eq!(outcome, alice_by(CredentialKind::Jwt), "HS256 needs no key set");
}

#[tokio::test]
async fn invalid_credentials_of_an_address_are_limited() {
    let limit = FailedAttemptLimit { burst: 1, per_second: 1 };
    let guard = builder().failed_attempt_limit(Some(limit)).build().unwrap();
    let (address, other) = (Some(IpAddr::from([192, 0, 2, 1])), Some(IpAddr::from([192, 0, 2, 2])));
    let forged = forged_cookie();
    let forged = [("cookie", forged.as_str())];
    let rejected = invalid(CredentialKind::SessionCookie, CredentialErrorReason::BadSignature);
    let mut errors = Vec::new();
    // The limit is refilled once in a second. So a slow machine may need more than two attempts.
    while errors.len() < 1000 && !matches!(errors.last(), Some(CredentialError::TooManyFailures { .. })) {
        errors.push(authenticate_from(address, &guard, Method::GET, &forged).await.unwrap_err());
    }
    assert_eq!(errors[0], rejected, "the burst");
    assert!(matches!(errors.last(), Some(CredentialError::TooManyFailures { .. })), "{}", errors.len());
    assert_eq!(authenticate_from(other, &guard, Method::GET, &forged).await.unwrap_err(), rejected);
    let valid = authenticate_from(address, &guard, Method::GET, &[("cookie", &cookie_header(TOKEN))]).await;
    assert_eq!(valid.unwrap().user_id(), "alice", "a valid credential is always accepted");
    // An expired credential is not counted, and has no limit.
    let expired = format!("Bearer {}", hs256(&json!({ "sub": "alice", "exp": 1 }), SECRET));
    for _ in 0..10 {
        let error = authenticate_from(address, &guard, Method::GET, &[("authorization", &expired)]).await.unwrap_err();
        assert_eq!(error, invalid(CredentialKind::Jwt, CredentialErrorReason::Expired));
    }
    // Without an address, and without a limit.
    let unlimited = builder().failed_attempt_limit(None).build().unwrap();
    for (address, guard) in [(None, &guard), (address, &unlimited)] {
        for _ in 0..10 {
            assert_eq!(authenticate_from(address, guard, Method::GET, &forged).await.unwrap_err(), rejected);
        }
    }
}

#[tokio::test]
async fn a_path_is_authorized_for_its_user_only() {
    let guard = guard();
    let cookie = cookie_header(TOKEN);
    let authenticated = authenticate_from(None, &guard, Method::GET, &[("cookie", &cookie)]).await.unwrap();
    assert_eq!(authenticated.authorize_path("alice").map(|owner| owner.as_str().to_owned()), Ok("alice".into()));
    for other in ["", "bob", "Alice", "alice ", "alice/", "alic", "%61lice"] {
        assert_eq!(authenticated.authorize_path(other), Err(Forbidden), "{other}");
    }
    assert_eq!(authenticated.into_owner().as_str(), "alice");
}

#[tokio::test]
async fn debug_output_contains_no_secret() {
    let guard = builder().jwt_secret(Secret::new("a secret for JWTs alone of 32 bytes")).build().unwrap();
    let text = format!("{guard:?}");
    assert!(text.contains("better-auth.session_token"), "{text}");
    assert!(!text.contains(SECRET) && !text.contains("a secret for JWTs"), "{text}");
}
