//! Claims of tokens that OAuth providers issue to third parties with the key set of Better Auth's jwt plugin.
//!
//! The claims are those of real tokens of each provider.

use serde_json::{Value, json};

use super::BETTER_AUTH_URL;

/// The id of a third party.
pub const CLIENT_ID: &str = "fXwgJnJkVhZlfVFwWjBpTqHbNhCcZlRk";
const EXPIRES_AT: i64 = 4_102_444_800;

/// Returns the claims that Better Auth's jwt plugin signs for Alice.
pub fn own_claims() -> Value {
    json!({ "sub": "alice", "iss": BETTER_AUTH_URL, "aud": BETTER_AUTH_URL, "iat": 1_795_248_000, "exp": EXPIRES_AT, "name": "Alice", "email": "a@example.com" })
}

/// Returns [`own_claims`] with these members added or replaced. `null` removes a member.
pub fn own_claims_with(members: Value) -> Value {
    let mut claims = own_claims();
    claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// Returns the claims of tokens for third parties. A service must reject each of them.
pub fn third_party_claims() -> [Value; 12] {
    let provider = format!("{BETTER_AUTH_URL}/api/auth");
    [
        // an ID token of @better-auth/oauth-provider 1.7
        json!({ "iss": provider, "aud": CLIENT_ID, "acr": "0", "auth_time": 1_795_248_000, "at_hash": "x", "nonce": "n" }),
        // an ID token of oidc-provider with useJWTPlugin (1.4 to 1.6), with the issuer of the jwt plugin
        json!({ "aud": CLIENT_ID, "acr": "urn:mace:incommon:iap:silver", "auth_time": 1_795_248_000_000_i64, "nonce": "n" }),
        // a client whose id is the audience of the service
        json!({ "aud": BETTER_AUTH_URL, "acr": "0", "at_hash": "x" }),
        json!({ "aud": [CLIENT_ID, BETTER_AUTH_URL], "acr": "0" }),
        // without the claims of an ID token
        json!({ "aud": CLIENT_ID }),
        json!({ "aud": [CLIENT_ID] }),
        json!({ "aud": [] }),
        json!({ "iss": provider, "aud": BETTER_AUTH_URL }),
        json!({ "iss": provider, "aud": null }),
        // access tokens of @better-auth/oauth-provider 1.5 and 1.6, without typ; the last for the service's audience
        json!({ "iss": provider, "aud": provider, "azp": CLIENT_ID, "scope": "openid", "sid": "s" }),
        json!({ "iss": provider, "aud": [provider, format!("{provider}/oauth2/userinfo")], "azp": CLIENT_ID, "scope": "openid" }),
        json!({ "aud": BETTER_AUTH_URL, "azp": CLIENT_ID, "scope": "read:tasks" }),
    ]
    .map(own_claims_with)
}
