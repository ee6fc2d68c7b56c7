//! Requests without a valid credential: 401 on every guarded route, whatever the body.

use better_auth_guard::{Secret, signed_cookie_value};
use serde_json::json;

use super::{Body, EXPIRED, Headers, INVALID, NO_CREDENTIAL, Victim, endpoints};
use crate::on_both;
use crate::support::{App, Database, SECRET, cookie_header, hs256, jws, jwt};

on_both!(invalid_credentials_are_rejected_on_every_route);

fn invalid_credentials_are_rejected_on_every_route(database: Database) {
    let app = App::start(database);
    let victim = Victim::new(&app);
    let session = app.sign_in("alice");
    let guarded: Vec<_> = endpoints().into_iter().filter(|endpoint| endpoint.is_guarded).collect();
    for (name, headers, challenge) in invalid_credentials(&session) {
        for endpoint in &guarded {
            for body in [Body::None, Body::Malformed, Body::Oversize] {
                let answer = endpoint.send(&app, ("alice", victim.id), &headers, body);
                let context = format!("{name}: {} {} {body:?}", endpoint.method, endpoint.path);
                endpoint.expect(&answer, 401, &context);
                assert_eq!(answer.header("www-authenticate"), Some(challenge), "{context}");
            }
        }
        victim.expect_unchanged(name);
    }
}

/// A name, the headers of the request, and the challenge of the response.
type InvalidCredential = (&'static str, Headers, &'static str);

/// Returns credentials for alice, who has this session.
fn invalid_credentials(session: &str) -> Vec<InvalidCredential> {
    let bearer = |value: &str| vec![("Authorization", format!("Bearer {value}"))];
    let cookie = |value: &str| vec![("Cookie", format!("better-auth.session_token={value}"))];
    let expires_in = |seconds: i64| json!({ "sub": "alice", "exp": chrono::Utc::now().timestamp() + seconds });
    let signed_by = |secret: &str| signed_cookie_value(session, &Secret::new(secret));
    let alg = |alg: &str, signature: &[u8]| {
        jws(&json!({ "alg": alg, "typ": "JWT" }).to_string(), expires_in(900).to_string(), |_| signature.to_vec())
    };
    let valid = jwt("alice");
    let unsigned = valid.rsplit_once('.').map_or("", |(message, _)| message);
    let two = [bearer(&valid), bearer(&valid)].concat();
    let other_secret = "another secret of more than 32 bytes";
    let unknown = cookie_header("unknownunknownunknownunknown1234");
    vec![
        ("no credential", Vec::new(), NO_CREDENTIAL),
        ("a scheme for a proxy", vec![("Authorization", "Basic YWxpY2U6c2VjcmV0".into())], NO_CREDENTIAL),
        ("a bearer that is no token", bearer("nonsense"), INVALID),
        ("a token without a scheme", vec![("Authorization", valid.clone())], NO_CREDENTIAL),
        ("a bearer of a missing value", bearer("undefined"), INVALID),
        ("a bearer of an object", bearer("[object Object]"), INVALID),
        ("an empty bearer", vec![("Authorization", "Bearer".into())], INVALID),
        ("two valid bearers", two, INVALID),
        ("an expired JWT", bearer(&hs256(&expires_in(-3600), SECRET)), EXPIRED),
        ("a JWT under another secret", bearer(&hs256(&expires_in(900), other_secret)), INVALID),
        ("an expired JWT under another secret", bearer(&hs256(&expires_in(-3600), other_secret)), INVALID),
        ("a JWT without its signature", bearer(&format!("{unsigned}.")), INVALID),
        ("alg none", bearer(&alg("none", b"")), INVALID),
        ("alg None", bearer(&alg("None", b"")), INVALID),
        ("alg NONE with a signature", bearer(&alg("NONE", &[0; 32])), INVALID),
        ("a cookie under another secret", cookie(&signed_by(other_secret)), INVALID),
        ("an unsigned cookie", cookie(session), INVALID),
        ("a cookie of an unknown session", vec![("Cookie", unknown)], INVALID),
        ("a session bearer under another secret", bearer(&signed_by(other_secret)), INVALID),
        ("an unsigned session bearer", bearer(session), INVALID),
        ("an invalid bearer before a valid cookie", [bearer("nonsense"), cookie(&signed_by(SECRET))].concat(), INVALID),
    ]
}
