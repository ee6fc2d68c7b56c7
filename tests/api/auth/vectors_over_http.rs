//! Sends the captured vectors over HTTP.
//!
//! The service uses the real clock. The session rows therefore get an `expiresAt` in the future.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::vectors::{is_accepted_by_better_auth, now, of_kind, presented, text};
use crate::support::{App, Database, NO_KEYS, Settings, VerificationResult, cookie_header, verifier, verify_header};
use crate::support::{insert, iso_in_one_hour};
use better_auth_guard::KeySet;

on_both!(
    session_cookies_are_accepted_with_their_row,
    cookie_encodings_are_handled_as_in_better_auth,
    bearer_values_match_the_verifier,
    vectors_to_reject_are_rejected,
    origin_checks_match_better_auth_or_are_stricter,
    anonymous_users_are_authenticated_by_their_session,
    impersonation_sessions_expire_with_their_row,
);

fn session_cookies_are_accepted_with_their_row(database: Database) {
    for vector in of_kind("session_cookie") {
        let app = App::start_with(database, &[("BETTER_AUTH_SECRET", text(&vector, "/secret"))]);
        app.make_better_auth_tables();
        let list = |user: &str| {
            let path = format!("/api/{user}/tasks");
            app.request("GET", &path).header("Cookie", text(&vector, "/input/cookie_header")).send()
        };
        // A valid signature without a session row is rejected.
        list("zoe").expect(401);
        let user = create_session(&app, &vector);
        assert_eq!(list(&user).expect(200), json!([]), "{}", vector["id"]);
        list("somebody-else").expect(403);
        app.execute("DELETE FROM session");
        list(&user).expect(401);
    }
}

/// Inserts the session and the user of a `session_cookie` vector and returns the user's id.
///
/// Inserts a session of `zoe` when the vector has no rows.
fn create_session(app: &App, vector: &Value) -> String {
    let token = text(vector, "/expected/token");
    let mut session = vector["expected"]["db_session_row_sqlite"].clone();
    let mut user = vector["expected"]["db_user_row_sqlite"].clone();
    if session.is_null() {
        session = json!({ "id": "a", "token": token, "userId": "zoe", "createdAt": iso_in_one_hour(), "updatedAt": iso_in_one_hour() });
        user = json!({ "id": "zoe", "name": "Zoe", "createdAt": iso_in_one_hour(), "updatedAt": iso_in_one_hour() });
    }
    session["expiresAt"] = iso_in_one_hour().into();
    // PostgreSQL accepts no 0 as a boolean. Several vectors share one e-mail address, which must be unique.
    user["emailVerified"] = false.into();
    user["email"] = format!("{token}@example.com").into();
    app.execute(&format!("{}{}", insert("user", &user), insert("session", &session)));
    text(&user, "/id").to_owned()
}

fn cookie_encodings_are_handled_as_in_better_auth(database: Database) {
    let app = App::start(database);
    add_all_sessions(&app);
    for vector in of_kind("session_cookie_form") {
        let answer = app.request("GET", "/api/tasks").header("Cookie", text(&vector, "/input/cookie_header")).send();
        assert_eq!(answer.status, if is_accepted_by_better_auth(&vector) { 200 } else { 401 }, "{}", vector["id"]);
    }
}

fn bearer_values_match_the_verifier(database: Database) {
    for settings in [&[] as Settings<'_>, &[("BEARER_UNSIGNED", "true")]] {
        let app = App::start_with(database, settings);
        add_all_sessions(&app);
        let verifier = verifier(settings);
        // Left out: a JWT of an unknown key starts a slow refresh of the key set. The tests in `jwks` cover it.
        let vectors = of_kind("bearer").into_iter().filter(|vector| !text(vector, "/id").ends_with("/jwt"));
        for vector in vectors {
            let header = text(&vector, "/input/authorization");
            let verdict = verify_header(&verifier, &KeySet::default(), ("Authorization", header), now(&vector));
            let answer = app.request("GET", "/api/tasks").header("Authorization", header).send();
            assert_eq!(
                answer.status,
                if matches!(verdict, VerificationResult::Session(_)) { 200 } else { 401 },
                "{}",
                vector["id"]
            );
        }
    }
}

fn vectors_to_reject_are_rejected(database: Database) {
    let app = App::start(database);
    add_all_sessions(&app);
    for vector in of_kind("reject") {
        assert_eq!(vector["expected"]["must_authenticate"], false);
        let (name, value) = presented(&vector);
        let answer = app.request("GET", "/api/tasks").header(name, value).send();
        answer.expect(401);
        assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""), "{}", vector["id"]);
    }
}

fn add_all_sessions(app: &App) {
    app.make_better_auth_tables();
    for vector in of_kind("session_cookie").iter().filter(|vector| vector["expected"]["exp_ms"].is_i64()) {
        create_session(app, vector);
    }
}

/// Checks that the service accepts and rejects the origins that Better Auth does, except where it is stricter.
pub fn origin_checks_match_better_auth_or_are_stricter(database: Database) {
    // The service ignores Referer, because the sending page can omit it.
    const STRICTER: [&str; 1] = ["POST cookie referer same only"];
    const TRUSTED: &str = "https://web.example.com, https://*.preview.example.com, myapp://";
    let app = App::start_with(
        database,
        &[("BETTER_AUTH_URL", "http://localhost:3000"), ("TRUSTED_ORIGINS", TRUSTED), NO_KEYS],
    );
    app.sign_in("zoe");
    for vector in of_kind("csrf") {
        // Left out: the service has no sign-in route.
        let requests =
            vector["expected"].as_object().unwrap().iter().filter(|(_, request)| request["path"] != "/sign-in/email");
        let mut count = 0;
        for (name, request) in requests {
            let headers = request["headers"].as_object().unwrap();
            if let Some(cookie) = headers.get("cookie").and_then(Value::as_str) {
                let token = cookie.split(['=', '.']).nth(2).unwrap();
                app.execute(&format!("UPDATE session SET token = '{token}'"));
            }
            let method = text(request, "/method");
            let start = app.request(method, "/api/zoe/tasks");
            let start = if method == "POST" { start.json(&json!({ "title": name })) } else { start };
            let send = headers.iter().fold(start, |sent, (name, value)| sent.header(name, value.as_str().unwrap()));
            let expected = request["status"].as_u64().unwrap();
            let status = send.send().status;
            match (expected, STRICTER.contains(&name.as_str())) {
                (200, false) => assert!(status < 300, "{name}: {status}"),
                (200, true) => assert_eq!(status, 403, "{name}"),
                (rejected, _) => assert_eq!(u64::from(status), rejected, "{name}"),
            }
            count += 1;
        }
        assert_eq!(count, 10);
    }
}

pub fn anonymous_users_are_authenticated_by_their_session(database: Database) {
    let app = App::start(database);
    let token = app.sign_in("somebody");
    let flag = if database == Database::Sqlite { "integer" } else { "boolean" };
    app.execute(&format!("ALTER TABLE \"user\" ADD COLUMN \"isAnonymous\" {flag}"));
    for vector in of_kind("anonymous") {
        let mut user = vector["input"]["user_row"].clone();
        user["emailVerified"] = false.into();
        user["isAnonymous"] = true.into();
        let id = text(&user, "/id");
        app.execute(&format!("{}UPDATE session SET \"userId\" = '{id}';", insert("user", &user)));
        let list = app.request("GET", &format!("/api/{id}/tasks")).header("Cookie", &cookie_header(&token)).send();
        assert_eq!(list.expect(200), json!([]));
    }
}

/// Checks the session of an admin who impersonates a user.
///
/// The session authenticates the user and lasts one hour. The cookies that the sign-in clears count as missing.
pub fn impersonation_sessions_expire_with_their_row(database: Database) {
    let app = App::start(database);
    app.sign_in("admin");
    app.execute("ALTER TABLE session ADD COLUMN \"impersonatedBy\" text");
    for vector in of_kind("session_row") {
        let mut row = vector["input"]["row"].clone();
        let (user, token) = (text(&row, "/userId").to_owned(), text(&row, "/token").to_owned());
        let lifetime = |row: &Value| {
            let at = |name: &str| chrono::DateTime::parse_from_rfc3339(text(row, name)).expect("an RFC 3339 timestamp");
            (at("/expiresAt") - at("/createdAt")).num_seconds()
        };
        assert_eq!(lifetime(&row), vector["expected"]["lifetime_s"]);
        let zoe = json!({ "id": user, "name": "Z", "email": "z@x", "emailVerified": false, "createdAt": iso_in_one_hour(), "updatedAt": iso_in_one_hour() });
        row["expiresAt"] = iso_in_one_hour().into();
        app.execute(&format!("{}{}", insert("user", &zoe), insert("session", &row)));
        let list_with =
            |cookie: &str| app.request("GET", &format!("/api/{user}/tasks")).header("Cookie", cookie).send();
        list_with(&cookie_header(&token)).expect(200);
        app.execute("UPDATE session SET \"expiresAt\" = '2020-01-01T00:00:00.000Z'");
        list_with(&cookie_header(&token)).expect(401);
        let lines = vector["input"]["set_cookie"].as_array().unwrap();
        let pairs: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap().split(';').next().unwrap()).collect();
        let answer = list_with(&pairs.join("; "));
        answer.expect(401);
        // None of the cookies is a session cookie with a value.
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"tasks\""));
    }
}
