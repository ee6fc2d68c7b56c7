//! Tests which settings build a guard.

use better_auth_guard::endpoints::EndpointError;
use better_auth_guard::sessions::{SessionSource, Unavailable};
use better_auth_guard::{
    BuildError, Guard, GuardBuilder, Jwks, KeySet, MIN_SECRET_BYTES, RequestHead, Secret, SessionRecord, SessionToken,
};
use http::{HeaderMap, Method};
use serde_json::json;

use crate::support::{BETTER_AUTH_URL, SECRET, ed25519_jwk, eddsa_of};

struct NoSessions;

impl SessionSource for NoSessions {
    async fn find(&self, _: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        Ok(None)
    }
}

fn error_of(builder: GuardBuilder) -> Option<BuildError> {
    builder.build().err()
}

fn with_secret() -> GuardBuilder {
    Guard::builder().secrets([Secret::new(SECRET)])
}

#[test]
fn a_guard_needs_something_to_verify_with() {
    assert_eq!(error_of(Guard::builder()), Some(BuildError::NothingToVerifyWith));
    assert_eq!(error_of(Guard::builder().audience(["tasks"])), Some(BuildError::NothingToVerifyWith));
    assert_eq!(error_of(Guard::builder().secrets([])), Some(BuildError::NothingToVerifyWith));
    assert_eq!(error_of(with_secret()), None);
    assert_eq!(error_of(Guard::builder().jwt_secret(Secret::new(SECRET))), None);
    assert_eq!(error_of(Guard::builder().base_url("https://app.example.com")), None);
    assert_eq!(error_of(Guard::builder().jwks(Jwks::none()).any_audience()), None);
}

#[test]
fn weak_secrets_are_rejected() {
    for weak in ["", "secret", &"x".repeat(MIN_SECRET_BYTES - 1), "better-auth-secret-12345678901234567890"] {
        let weak = || Secret::new(weak);
        for builder in [
            Guard::builder().secrets([weak()]),
            Guard::builder().secrets([Secret::new(SECRET), weak()]),
            with_secret().jwt_secret(weak()),
        ] {
            let error = error_of(builder).expect("the secret is weak");
            assert!(matches!(error, BuildError::WeakSecret(_)), "{error}");
        }
    }
}

#[test]
fn sessions_need_secrets() {
    let keys_only = || Guard::builder().base_url("https://app.example.com");
    assert_eq!(error_of(keys_only().sessions(NoSessions)), Some(BuildError::MissingSecrets));
    assert_eq!(error_of(keys_only().secrets([Secret::new(SECRET)]).sessions(NoSessions)), None);
}

#[cfg(feature = "cookie-cache")]
#[test]
fn the_cookie_cache_needs_secrets() {
    use better_auth_guard::CookieCacheMode;

    let keys_only = || Guard::builder().base_url("https://app.example.com");
    for mode in [CookieCacheMode::ReplacesLookup, CookieCacheMode::Required] {
        assert_eq!(error_of(keys_only().cookie_cache(mode, "1")), Some(BuildError::MissingSecrets));
        assert_eq!(error_of(with_secret().cookie_cache(mode, "1")), None);
    }
}

/// A key set may sign tokens of other services: the audience must be known, or explicitly ignored.
#[test]
fn a_key_set_needs_an_audience() {
    let keys = || Guard::builder().jwks(Jwks::set(KeySet::default()));
    assert_eq!(error_of(keys()), Some(BuildError::MissingAudience));
    assert_eq!(error_of(keys().secrets([Secret::new(SECRET)])), Some(BuildError::MissingAudience));
    assert_eq!(error_of(keys().issuer(["https://app.example.com"])), Some(BuildError::MissingAudience));
    for builder in [keys().audience(["tasks"]), keys().any_audience(), keys().base_url("https://app.example.com")] {
        assert_eq!(error_of(builder), None);
    }
}

#[test]
fn invalid_base_urls_are_rejected() {
    for invalid in ["", "app.example.com", "/api/auth", "https://"] {
        assert_eq!(error_of(with_secret().base_url(invalid)), Some(BuildError::InvalidBaseUrl), "{invalid}");
    }
    let error = Some(BuildError::InsecureBaseUrl(EndpointError::NotHttp));
    assert_eq!(error_of(with_secret().base_url("ftp://app.example.com")), error);
    let error = Some(BuildError::InsecureBaseUrl(EndpointError::HasUserInfo));
    assert_eq!(error_of(with_secret().base_url("https://me:hunter2@app.example.com")), error);
}

/// The key set in transit decides who can sign in.
#[cfg(feature = "reqwest")]
#[test]
fn a_key_set_is_not_fetched_by_plain_http() {
    for far in ["http://app.example.com", "http://10.0.0.1:3000"] {
        let error = Some(BuildError::InsecureBaseUrl(EndpointError::PlainHttp));
        assert_eq!(error_of(with_secret().base_url(far)), error, "{far}");
        assert_eq!(error_of(with_secret().base_url(far).allow_http(true)), None, "{far}");
        // Nothing is fetched from the base URL.
        assert_eq!(error_of(with_secret().base_url(far).jwks(Jwks::none())), None, "{far}");
    }
    assert_eq!(error_of(with_secret().base_url("http://localhost:3000")), None);
}

#[test]
fn errors_contain_no_secret() {
    let error = error_of(with_secret().secrets([Secret::new("hunter2")])).unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    let error = error_of(with_secret().base_url("https://me:hunter2@app.example.com")).unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

async fn accepts(builder: GuardBuilder, token: &str) -> bool {
    let keys = Jwks::set(KeySet::from_jwks(&[ed25519_jwk("ed")]).0);
    let guard = builder.jwks(keys).build().expect("the settings are valid");
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    guard.authenticate(RequestHead::new(&Method::GET, &headers)).await.is_ok()
}

/// Better Auth 1.2 to 1.7 signs the origin of its base URL, without its path and trailing slash.
#[tokio::test]
async fn the_default_issuer_and_audience_are_the_origin_of_the_base_url() {
    let table = [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com"),
        ("HTTPS://App.Example.com:443/api/auth", "https://app.example.com"),
        ("https://app.example.com/shop/api/auth/", "https://app.example.com"),
        ("http://localhost:3000/api/auth", "http://localhost:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
    ];
    let token = |iss: &str, aud: &str| {
        eddsa_of("ed", &json!({ "sub": "alice", "iss": iss, "aud": aud, "exp": 4_102_444_800_i64 }))
    };
    for (base, signed) in table {
        let builder = || Guard::builder().base_url(base);
        assert!(accepts(builder(), &token(signed, signed)).await, "{base}");
        for other in [format!("{signed}/"), format!("{signed}/api/auth"), String::new()] {
            assert!(!accepts(builder(), &token(&other, signed)).await, "{base}: {other}");
            assert!(!accepts(builder(), &token(signed, &other)).await, "{base}: {other}");
            assert!(accepts(builder().issuer([other.as_str()]), &token(&other, signed)).await, "{base}: {other}");
            assert!(accepts(builder().audience([other.as_str()]), &token(signed, &other)).await, "{base}: {other}");
            assert!(accepts(builder().any_issuer().any_audience(), &token(&other, &other)).await, "{base}: {other}");
        }
    }
}

#[tokio::test]
async fn algorithms_and_the_user_claim_are_configurable() {
    use better_auth_guard::Algorithm;

    let builder = || Guard::builder().base_url(BETTER_AUTH_URL);
    let claims = json!({ "user": { "id": "alice" }, "iss": BETTER_AUTH_URL, "exp": 4_102_444_800_i64 });
    let token = eddsa_of("ed", &claims);
    assert!(!accepts(builder(), &token).await, "the claim sub is missing");
    assert!(accepts(builder().user_claim("user.id"), &token).await);
    assert!(!accepts(builder().user_claim("user.id").algorithms([Algorithm::Es256]), &token).await);
}
