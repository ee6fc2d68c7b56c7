//! The captured vectors at the HTTP edge, where the clock is the real one: their rows get an `expiresAt` that is still to come.

use serde_json::{Value, json};

use crate::auth::captured_vectors::{insert, now, of_kind, soon, text, theirs};
use crate::auth::vector_checks::presented;
use crate::on_both;
use crate::support::{App, Database, NO_KEYS, Settings, Verdict, cookie_header, judge, verifier};
use task_api::auth::KeySet;

on_both!(
    session_cookies_open_the_api,
    forms_of_the_cookie_over_http,
    bearers_over_http,
    rejected_ones_over_http,
    origins_are_judged_as_better_auth_does_or_more_strictly,
    anonymous_users_have_sessions,
    impersonated_sessions_end_with_their_row,
);

fn session_cookies_open_the_api(database: Database) {
    for vector in of_kind("session_cookie") {
        let app = App::start_with(database, &[("BETTER_AUTH_SECRET", text(&vector, "/secret"))]);
        app.make_better_auth_tables();
        let list = |user: &str| {
            let path = format!("/api/{user}/tasks");
            app.request("GET", &path).header("Cookie", text(&vector, "/input/cookie_header")).send()
        };
        // a good signature proves nothing without its row
        list("zoe").expect(401);
        let user = create_session(&app, &vector);
        assert_eq!(list(&user).expect(200), json!([]), "{}", vector["id"]);
        list("somebody-else").expect(403);
        app.execute("DELETE FROM session");
        list(&user).expect(401);
    }
}

/// Writes the session of a `session_cookie` vector and its user; gives the user's id. Where the vector has no rows, zoe's.
fn create_session(app: &App, vector: &Value) -> String {
    let token = text(vector, "/expected/token");
    let mut session = vector["expected"]["db_session_row_sqlite"].clone();
    let mut user = vector["expected"]["db_user_row_sqlite"].clone();
    if session.is_null() {
        session = json!({ "id": "a", "token": token, "userId": "zoe", "createdAt": soon(), "updatedAt": soon() });
        user = json!({ "id": "zoe", "name": "Zoe", "createdAt": soon(), "updatedAt": soon() });
    }
    session["expiresAt"] = soon().into();
    // PostgreSQL takes no 0 for a boolean; and the addresses of several vectors are one, which must be unique in a table
    user["emailVerified"] = false.into();
    user["email"] = format!("{token}@example.com").into();
    app.execute(&format!("{}{}", insert("user", &user), insert("session", &session)));
    text(&user, "/id").to_owned()
}

fn forms_of_the_cookie_over_http(database: Database) {
    let app = App::start(database);
    add_all_sessions(&app);
    for vector in of_kind("session_cookie_form") {
        let answer = app.request("GET", "/api/tasks").header("Cookie", text(&vector, "/input/cookie_header")).send();
        assert_eq!(answer.status, if theirs(&vector) { 200 } else { 401 }, "{}", vector["id"]);
    }
}

fn bearers_over_http(database: Database) {
    for settings in [&[] as Settings<'_>, &[("BEARER_UNSIGNED", "true")]] {
        let app = App::start_with(database, settings);
        add_all_sessions(&app);
        let ours = verifier(settings);
        // a JWT of an unknown key makes the service look for newer keys, which takes its time; the tests of keys do that
        let vectors = of_kind("bearer").into_iter().filter(|vector| !text(vector, "/id").ends_with("/jwt"));
        for vector in vectors {
            let header = text(&vector, "/input/authorization");
            let verdict = judge(&ours, &KeySet::default(), ("Authorization", header), now(&vector));
            let answer = app.request("GET", "/api/tasks").header("Authorization", header).send();
            assert_eq!(
                answer.status,
                if matches!(verdict, Verdict::Session(_)) { 200 } else { 401 },
                "{}",
                vector["id"]
            );
        }
    }
}

fn rejected_ones_over_http(database: Database) {
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

/// What Better Auth's own check of origins says to a request with a cookie, ours says too, but for these, on which ours is stricter.
pub fn origins_are_judged_as_better_auth_does_or_more_strictly(database: Database) {
    // a wildcard trusts whoever gets a name below it: TRUSTED_ORIGINS takes none. A Referer can be left out by the page that sends it
    const STRICTER: [&str; 2] = ["POST cookie origin wildcard", "POST cookie referer same only"];
    let app = App::start_with(
        database,
        &[("BETTER_AUTH_URL", "http://localhost:3000"), ("TRUSTED_ORIGINS", "https://web.example.com"), NO_KEYS],
    );
    app.sign_in("zoe");
    for vector in of_kind("csrf") {
        // there is nothing to sign in to here, and no other write without a credential
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
            let theirs = request["status"].as_u64().unwrap();
            let ours = send.send().status;
            match (theirs, STRICTER.contains(&name.as_str())) {
                (200, false) => assert!(ours < 300, "{name}: {ours}"),
                (200, true) => assert_eq!(ours, 403, "{name}"),
                (refused, _) => assert_eq!(u64::from(ours), refused, "{name}"),
            }
            count += 1;
        }
        assert_eq!(count, 10);
    }
}

pub fn anonymous_users_have_sessions(database: Database) {
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

/// While an admin stands in for a user, the rows are the user's; it lasts for an hour, and what the sign-in cleared is as if absent.
pub fn impersonated_sessions_end_with_their_row(database: Database) {
    let app = App::start(database);
    app.sign_in("admin");
    app.execute("ALTER TABLE session ADD COLUMN \"impersonatedBy\" text");
    for vector in of_kind("session_row") {
        let mut row = vector["input"]["row"].clone();
        let (user, token) = (text(&row, "/userId").to_owned(), text(&row, "/token").to_owned());
        let life = |row: &Value| {
            let at = |name: &str| chrono::DateTime::parse_from_rfc3339(text(row, name)).expect("a moment");
            (at("/expiresAt") - at("/createdAt")).num_seconds()
        };
        assert_eq!(life(&row), vector["expected"]["lifetime_s"]);
        let zoe = json!({ "id": user, "name": "Z", "email": "z@x", "emailVerified": false, "createdAt": soon(), "updatedAt": soon() });
        row["expiresAt"] = soon().into();
        app.execute(&format!("{}{}", insert("user", &zoe), insert("session", &row)));
        let ask = |cookie: &str| app.request("GET", &format!("/api/{user}/tasks")).header("Cookie", cookie).send();
        ask(&cookie_header(&token)).expect(200);
        app.execute("UPDATE session SET \"expiresAt\" = '2020-01-01T00:00:00.000Z'");
        ask(&cookie_header(&token)).expect(401);
        let lines = vector["input"]["set_cookie"].as_array().unwrap();
        let pairs: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap().split(';').next().unwrap()).collect();
        let answer = ask(&pairs.join("; "));
        answer.expect(401);
        // none of them is a session cookie with a value
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"tasks\""));
    }
}
