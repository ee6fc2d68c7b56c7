//! Credentials to present, good and bad.

use serde_json::{Value, json};
use task_api::auth::{Secret, mint, signed_cookie_value};

/// The secret that every test's service has: the one of the seed's cookie.
pub const SECRET: &str = "LcWr9US2bCHDNckxuXKJRAXLOr0a2d6c";

/// A good JWT of this user.
pub fn jwt(user: &str) -> String {
    hs256(&json!({ "sub": user, "exp": chrono::Utc::now().timestamp() + 900 }), SECRET)
}

/// These claims, signed with this secret.
pub fn hs256(claims: &Value, secret: &str) -> String {
    mint(claims, &Secret::new(secret))
}

/// The `Cookie` header of a session, as Better Auth would set it.
pub fn cookie_header(token: &str) -> String {
    format!("better-auth.session_token={}", signed_cookie_value(token, &Secret::new(SECRET)))
}
