//! Tests `Guard::explain`.

use better_auth_guard::explain::{Explanation, Unknown, Verdict};
use better_auth_guard::sessions::{SessionSource, Unavailable};
use better_auth_guard::{
    CredentialErrorReason, Guard, Jwks, JwksSource, KeyOrigin, LoadedKeys, RequestHead, Secret, SessionRecord,
    SessionToken,
};
use chrono::{TimeDelta, Utc};
use http::Method;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName};
use serde_json::json;

use crate::fixture::{OTHER_SECRET, SECRET, TOKEN, keys, record, sign_eddsa, signed};

/// The session of [`TOKEN`].
struct OneSession;

impl SessionSource for OneSession {
    async fn find(&self, token: &SessionToken) -> Result<Option<SessionRecord>, Unavailable> {
        let expires_at = Utc::now() + TimeDelta::days(7);
        Ok((token.expose() == TOKEN).then(|| SessionRecord { expires_at, ..record() }))
    }
}

struct NoKeys;

impl JwksSource for NoKeys {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        Err("connection refused".to_owned())
    }
}

fn explain(jwks: Jwks, name: HeaderName, value: &str) -> Explanation {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let builder = Guard::builder().secrets([Secret::new(SECRET)]).any_audience().jwks(jwks);
        let guard = builder.sessions(OneSession).build().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        guard.explain(RequestHead::new(&Method::GET, &headers)).await
    })
}

fn cookie(token: &str, secret: &str) -> String {
    format!("better-auth.session_token={}", signed(token, secret))
}

#[test]
fn the_session_is_looked_up() {
    let explanation = explain(Jwks::none(), COOKIE, &cookie(TOKEN, SECRET));
    assert_eq!(explanation.verdict(), &Verdict::Accepted { user_id: "alice".into() }, "{explanation}");
    let explanation = explain(Jwks::none(), COOKIE, &cookie("unknown", SECRET));
    assert_eq!(explanation.verdict(), &Verdict::Rejected(CredentialErrorReason::NoSession), "{explanation}");
    let explanation = explain(Jwks::none(), COOKIE, &cookie(TOKEN, OTHER_SECRET));
    assert_eq!(explanation.verdict(), &Verdict::Rejected(CredentialErrorReason::BadSignature), "{explanation}");
    assert!(explanation.cause().unwrap().contains("so the secrets differ"), "{explanation}");
}

#[test]
fn the_keys_are_fetched() {
    let claims = json!({ "sub": "alice", "exp": Utc::now().timestamp() + 900 });
    let bearer = |kid| format!("Bearer {}", sign_eddsa(kid, claims.clone()));
    let explanation = explain(Jwks::set(keys()), AUTHORIZATION, &bearer("ours"));
    assert_eq!(explanation.verdict(), &Verdict::Accepted { user_id: "alice".into() }, "{explanation}");
    let explanation = explain(Jwks::new(NoKeys), AUTHORIZATION, &bearer("ours"));
    let unavailable = Unknown::Unavailable("connection refused".into());
    assert_eq!(explanation.verdict(), &Verdict::UnknownKeys(unavailable), "{explanation}");
    let file = std::env::temp_dir().join("no-such-folder").join("jwks.json");
    let explanation = explain(Jwks::file(&file), AUTHORIZATION, &bearer("ours"));
    let source = format!("until a key set is available in {}:", file.display());
    assert!(explanation.change().unwrap().contains(&source), "{explanation}");
}
