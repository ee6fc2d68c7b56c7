//! What the targets have in common: a verifier with every way in open, and keys.

use std::sync::LazyLock;

use chrono::DateTime;
use task_api::auth::{Credential, KeySet, Presented, Verifier, signed_cookie_value};
use task_api::config::Config;

const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";
const TOKEN: &str = "tok00000000000000000000000000000";
const KEYS: &[u8] =
    br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"c_dmVmXMDublX5t1vf57O93lanbu6jbGa2cbDqX4usA"}]}"#;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let settings = |name: &str| match name {
        "BETTER_AUTH_SECRET" => Some(SECRET.to_owned()),
        "SESSION_SOURCE" => Some("cookie".to_owned()),
        _ => None,
    };
    Config::from_lookup(&settings).expect("the settings are good").auth.verifier()
});
static KEY_SET: LazyLock<KeySet> = LazyLock::new(|| KeySet::from_json(KEYS).expect("a key set").0);

/// The `Cookie` header of a good session token.
pub fn session_cookie() -> String {
    format!("better-auth.session_token={}", signed_cookie_value(TOKEN, &task_api::auth::Secret::new(SECRET)))
}

/// Panics where these headers prove a user: nobody has signed them.
pub fn expect_nobody(authorization: &[&[u8]], cookie: &[&[u8]]) {
    let presented = Presented { authorization: authorization.to_vec(), cookie: cookie.to_vec() };
    let now = DateTime::from_timestamp(1_795_247_400, 0).expect("a moment of this era");
    let judged = VERIFIER.judge(&presented, &KEY_SET, now);
    assert!(!matches!(judged, Ok(Some((_, Credential::User(_))))));
}
