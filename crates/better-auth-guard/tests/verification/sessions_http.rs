//! Tests the session look-up with Better Auth's `get-session`.

use better_auth_guard::endpoints::get_session_url;
use better_auth_guard::sessions::HttpSessions;
use better_auth_guard::{
    CookieName, CredentialError, CredentialErrorReason, CredentialKind, Guard, InvalidCredential, Jwks, RequestHead,
    Secret,
};
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::support::SECRET;
use crate::support::server::{KeyServer, Reply};
use crate::support::vectors::{of_kind, text};

fn json_body(body: &Value) -> Reply {
    Reply::body("200 OK", "Content-Type: application/json", &body.to_string())
}

fn guard_for(front_end: &KeyServer) -> Guard {
    let url = get_session_url(front_end.base().parse().expect("a URL"));
    let sessions = HttpSessions::new(&url, &CookieName::new("better-auth", None, false));
    let builder = Guard::builder().secrets([Secret::new(SECRET)]).base_url(front_end.base());
    builder.jwks(Jwks::none()).sessions(sessions).build().expect("the settings are valid")
}

async fn authenticate(guard: &Guard, cookie: &str) -> Result<String, CredentialError> {
    let mut headers = HeaderMap::new();
    headers.insert("cookie", format!("theme=dark; {cookie}").parse().unwrap());
    headers.insert("x-secret", "hunter2".parse().unwrap());
    let authenticated = guard.authenticate(RequestHead::new(&Method::GET, &headers)).await?;
    Ok(authenticated.user_id().to_owned())
}

#[tokio::test]
async fn get_session_responses_are_parsed() {
    let mut count = 0;
    for vector in of_kind("get_session") {
        let Some(session) = vector["expected"].get("json") else { continue };
        let mut session = session.clone();
        session["session"]["expiresAt"] = "2100-01-01T00:00:00.000Z".into();
        let front_end = KeyServer::start(json_body(&session));
        let (guard, cookie) = (guard_for(&front_end), text(&vector, "/input/cookie"));
        let user = text(&vector, "/expected/json/user/id").to_owned();
        assert_eq!(authenticate(&guard, cookie).await, Ok(user));
        let head = front_end.last_head();
        assert!(head.starts_with(&format!("GET {}", text(&vector, "/input/path"))), "{head}");
        assert!(head.contains(cookie) && !head.contains("theme") && !head.contains("hunter2"), "{head}");

        let rejected = |reason| {
            let kind = CredentialKind::SessionCookie;
            Err(CredentialError::Invalid(InvalidCredential { kind, reason }))
        };
        front_end.reply(json_body(&vector["expected"]["unauthenticated"]["getSession"]["json"]));
        assert_eq!(authenticate(&guard, cookie).await, rejected(CredentialErrorReason::NoSession));
        session["session"]["expiresAt"] = "2020-01-01T00:00:00.000Z".into();
        front_end.reply(json_body(&session));
        assert_eq!(authenticate(&guard, cookie).await, rejected(CredentialErrorReason::Expired));
        session["session"]["token"] = "another".into();
        let unreadable = [
            json_body(&session),
            json_body(&Value::Bool(true)),
            Reply::status("401 Unauthorized"),
            Reply::status("500 Internal Server Error"),
            Reply::redirect("/sign-in"),
            Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n{".to_vec()),
        ];
        for reply in unreadable {
            front_end.reply(reply);
            let outcome = authenticate(&guard, cookie).await;
            assert!(matches!(outcome, Err(CredentialError::Unavailable(_))), "{outcome:?}");
        }
        count += 1;
    }
    assert_eq!(count, 1);
}
