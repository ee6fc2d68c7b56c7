//! What real Better Auth servers of three versions sent, and what they accepted, judged by this service.
//!
//! `tests/data/vectors.json` holds these kinds of the captured vectors, unchanged. Each is judged under its own secret and at its own
//! moment; over HTTP, where the clock is the real one, the rows get an `expiresAt` that is still to come.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::auth::{Credential, KeySet, Presented, Reason, Secret, SessionRecord, SessionToken, signed_cookie_value};

use crate::on_both;
use crate::support::{App, Database, SECRET, Settings, Verdict, judge, verifier};

/// Every kind in the file and how many there are of it, so that none is lost unnoticed. The tests of keys judge `jwks_db_row`, those of
/// sessions `pg_row`.
const KINDS: [(&str, usize); 9] = [
    ("session_cookie", 10),
    ("session_cookie_form", 41),
    ("bearer", 38),
    ("set_cookie", 50),
    ("jwt", 17),
    ("jwt_hs256_custom_sign", 1),
    ("reject", 4),
    ("jwks_db_row", 2),
    ("pg_row", 16),
];

/// JWTs that Better Auth signs when told to, with algorithms outside its documented list and outside the contract's.
const OTHER_ALGORITHMS: [&str; 2] = ["jwt/1.7.24/alg_ES384", "jwt/1.7.24/alg_RS512"];

/// Bearer values on which we differ from Better Auth, with the reason; each must be one.
const BEARER: [(&str, &[&str]); 3] = [
    // the bare token stands in JSON that page scripts can read: BEARER_UNSIGNED has to allow it
    (
        "unsigned",
        &[
            "bearer/1.2.12/raw_token",
            "bearer/1.2.12/trailing_space_raw",
            "bearer/1.4.22/raw_token",
            "bearer/1.4.22/trailing_space_raw",
            "bearer/1.7.24/raw_token",
            "bearer/1.7.24/trailing_space_raw",
            "bearer/1.7.24/lower_scheme_raw",
            "bearer/1.7.24/double_space_raw",
        ],
    ),
    // up to 1.4 whatever stood in Authorization was a token; without the scheme Bearer it is none (RFC 6750 section 2.1)
    (
        "no scheme",
        &[
            "bearer/1.2.12/no_scheme_raw",
            "bearer/1.2.12/no_scheme_signed_encoded",
            "bearer/1.4.22/no_scheme_raw",
            "bearer/1.4.22/no_scheme_signed_encoded",
        ],
    ),
    // up to 1.4 the `=` was lost on the way; 1.5 sends this form itself, and we read it from everybody
    ("decoded", &["bearer/1.2.12/signed_decoded", "bearer/1.4.22/signed_decoded"]),
];

/// Up to 1.4 the scheme was case-sensitive and took one space only; ours is not (RFC 9110 section 11.1). Seen when bare tokens are
/// allowed, since the vectors show it with those.
const BEARER_UNSIGNED_TOO: [&str; 4] = [
    "bearer/1.2.12/lower_scheme_raw",
    "bearer/1.2.12/double_space_raw",
    "bearer/1.4.22/lower_scheme_raw",
    "bearer/1.4.22/double_space_raw",
];

on_both!(session_cookies_open_the_api, forms_of_the_cookie_over_http, bearers_over_http, rejected_ones_over_http);

/// All vectors of a kind.
pub fn of_kind(kind: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../data/vectors.json")).expect("the file is JSON");
    let all = file["vectors"].as_array().expect("a list").iter();
    let chosen: Vec<Value> = all.filter(|vector| vector["kind"] == kind).cloned().collect();
    assert!(!chosen.is_empty(), "there are no vectors of kind {kind}");
    chosen
}

/// The text at this JSON pointer of a vector.
pub fn text<'a>(vector: &'a Value, pointer: &str) -> &'a str {
    let value = vector.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{} has no text at {pointer}", vector["id"]))
}

/// A row for the database as `INSERT` statement, in the words of both databases.
pub fn insert(table: &str, row: &Value) -> String {
    let row = row.as_object().expect("a row is an object");
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    let values: Vec<String> = row.values().map(literal).collect();
    format!("INSERT INTO \"{table}\" ({}) VALUES ({});", names.join(", "), values.join(", "))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

/// An hour from now, as Better Auth writes it.
pub fn soon() -> String {
    (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[test]
fn every_vector_is_of_a_kind_that_is_judged() {
    let file: Value = serde_json::from_str(include_str!("../data/vectors.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    for (kind, count) in KINDS {
        assert_eq!(of_kind(kind).len(), count, "{kind}");
    }
    assert_eq!(vectors.len(), KINDS.iter().map(|(_, count)| count).sum::<usize>());
    let ids: BTreeSet<&str> = vectors.iter().map(|vector| text(vector, "/id")).collect();
    assert_eq!(ids.len(), vectors.len(), "ids are unique");
}

#[test]
fn session_cookies_verify_under_their_secret_alone() {
    for vector in of_kind("session_cookie") {
        let (id, token) = (text(&vector, "/id"), text(&vector, "/expected/token"));
        let header = ("Cookie", text(&vector, "/input/cookie_header"));
        let own = verifier(&[("BETTER_AUTH_SECRET", text(&vector, "/secret"))]);
        assert_eq!(judge(&own, &KeySet::default(), header, now(&vector)), Verdict::Session(token.into()), "{id}");
        let other = verifier(&[("BETTER_AUTH_SECRET", "another secret of more than 32 bytes")]);
        let refused = Verdict::Refused(Reason::BadSignature);
        assert_eq!(judge(&other, &KeySet::default(), header, now(&vector)), refused, "{id}");
        let secret = Secret::new(text(&vector, "/secret"));
        assert_eq!(signed_cookie_value(token, &secret), text(&vector, "/input/raw_value"), "{id}");
    }
}

#[test]
fn sessions_end_when_better_auth_says() {
    let with_rows: Vec<Value> =
        of_kind("session_cookie").into_iter().filter(|v| v["expected"]["exp_ms"].is_i64()).collect();
    assert_eq!(with_rows.len(), 3);
    for vector in with_rows {
        let user = text(&vector, "/expected/db_session_row_sqlite/userId");
        let end: DateTime<Utc> = text(&vector, "/expected/db_session_row_sqlite/expiresAt").parse().unwrap();
        assert_eq!(end.timestamp_millis(), vector["expected"]["exp_ms"], "{}", vector["id"]);
        let row = SessionRecord {
            user_id: user.into(),
            expires_at: end,
            user_exists: true,
            banned: false,
            ban_expires: None,
        };
        let token = session_token(&vector);
        let at = |moment: DateTime<Utc>| token.judge(Some(row.clone()), moment).map(|user| user.as_str().to_owned());
        assert_eq!(at(moment(now(&vector))), Ok(user.to_owned()));
        // equal is still alive, as in Better Auth
        assert_eq!(at(end), Ok(user.to_owned()));
        assert_eq!(at(end + TimeDelta::milliseconds(1)), Err(Reason::Expired));
    }
}

fn session_token(vector: &Value) -> SessionToken {
    let cookie = vec![text(vector, "/input/cookie_header").as_bytes()];
    let presented = Presented { cookie, ..Presented::default() };
    match verifier(&[]).judge(&presented, &KeySet::default(), moment(now(vector))) {
        Ok(Some((_, Credential::Session(token)))) => token,
        other => panic!("{}: {other:?}", vector["id"]),
    }
}

#[test]
fn forms_of_the_cookie_are_judged_as_better_auth_does() {
    let ours = verifier(&[]);
    for vector in of_kind("session_cookie_form") {
        assert_eq!(text(&vector, "/secret"), SECRET);
        let header = ("Cookie", text(&vector, "/input/cookie_header"));
        let accepted = matches!(judge(&ours, &KeySet::default(), header, now(&vector)), Verdict::Session(_));
        assert_eq!(accepted, theirs(&vector), "{}", vector["id"]);
    }
}

#[test]
fn bearers_are_judged_as_better_auth_does_but_for_the_listed_ones() {
    let listed: BTreeSet<String> = BEARER.iter().flat_map(|(_, ids)| ids.iter()).map(|id| (*id).to_owned()).collect();
    assert_eq!(bearers_that_differ(&[]), listed);
    let mut listed: BTreeSet<String> = listed.into_iter().filter(|id| !BEARER[0].1.contains(&id.as_str())).collect();
    listed.extend(BEARER_UNSIGNED_TOO.map(str::to_owned));
    assert_eq!(bearers_that_differ(&[("BEARER_UNSIGNED", "true")]), listed);
}

fn bearers_that_differ(settings: Settings<'_>) -> BTreeSet<String> {
    let ours = verifier(settings);
    let different = |vector: &Value| {
        let header = ("Authorization", text(vector, "/input/authorization"));
        let verdict = judge(&ours, &KeySet::default(), header, now(vector));
        if let Verdict::Session(token) = &verdict {
            assert_eq!(token, text(vector, "/expected/token"));
        }
        matches!(verdict, Verdict::Session(_)) != theirs(vector)
    };
    let all = of_kind("bearer").into_iter();
    all.filter(different).map(|vector| text(&vector, "/id").to_owned()).collect()
}

#[test]
fn jwts_verify_by_their_key_set_until_they_expire() {
    let mut refused = Vec::new();
    for vector in of_kind("jwt") {
        let verdict_at = |set: &Value, now| {
            let (keys, _) = KeySet::from_json(set.to_string().as_bytes()).expect("a key set");
            let header = format!("Bearer {}", text(&vector, "/input/token"));
            judge(&verifier(&[]), &keys, ("Authorization", &header), now)
        };
        let sets = [&vector["input"]["jwks"], &vector["input"]["first_ever_jwks_response"]];
        for set in sets.into_iter().filter(|set| set.is_object()) {
            match verdict_at(set, now(&vector)) {
                Verdict::User(user) => assert_eq!(user, text(&vector, "/expected/claims/sub")),
                verdict => {
                    assert_eq!(verdict, Verdict::Refused(Reason::AlgorithmNotAllowed), "{}", vector["id"]);
                    refused.push(text(&vector, "/id").to_owned());
                    continue;
                }
            }
            let end = vector["expected"]["exp"].as_i64().unwrap();
            assert_eq!(verdict_at(set, (end + 61) * 1000), Verdict::Refused(Reason::Expired), "{}", vector["id"]);
        }
        let none = json!({ "keys": [] });
        assert!(matches!(verdict_at(&none, now(&vector)), Verdict::Refused(_)), "{}", vector["id"]);
    }
    assert_eq!(refused, OTHER_ALGORITHMS);
}

#[test]
fn an_hs256_jwt_of_a_custom_sign_verifies() {
    let vector = &of_kind("jwt_hs256_custom_sign")[0];
    let header = format!("Bearer {}", text(vector, "/input/token"));
    let verdict = judge(&verifier(&[]), &KeySet::default(), ("Authorization", &header), now(vector));
    assert_eq!(verdict, Verdict::User(text(vector, "/expected/claims/sub").into()));
}

#[test]
fn an_email_link_is_refused_for_its_claims_alone() {
    let vector = of_kind("reject").into_iter().find(|vector| vector["id"] == "reject/email_verification_jwt").unwrap();
    let issued = vector["expected"]["claims"]["iat"].as_i64().unwrap() * 1000;
    let header = ("Authorization", text(&vector, "/input/authorization"));
    // signed with the very secret, and in time: what is missing is the claim that names a user of the API
    assert_eq!(judge(&verifier(&[]), &KeySet::default(), header, issued), Verdict::Refused(Reason::NoUser));
}

#[test]
fn cookies_have_the_name_that_follows_from_the_configuration() {
    for vector in of_kind("set_cookie") {
        let settings = cookie_settings(&vector);
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ours = verifier(&settings);
        assert_eq!(ours.cookie.as_str(), text(&vector, "/expected/cookie_name"), "{}", vector["id"]);
        let all = vector["input"]["set_cookie"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let pairs: Vec<&str> = all.map(|line| line.split(';').next().unwrap()).collect();
        let verdict = judge(&ours, &KeySet::default(), ("Cookie", &pairs.join("; ")), now(&vector));
        assert_eq!(verdict, Verdict::Session(text(&vector, "/expected/token").into()), "{}", vector["id"]);
    }
}

/// What the operator of this service has to set for a Better Auth of this configuration.
fn cookie_settings(vector: &Value) -> Vec<(&'static str, String)> {
    let config = &vector["config"];
    let base = config["baseURL"].as_str().unwrap_or("");
    let mut settings = vec![("BETTER_AUTH_URL", base.to_owned())];
    // without a fixed base URL there is nothing to go by (from 1.4 on NODE_ENV, which only Better Auth's process has)
    let by_environment = config["NODE_ENV"] == "production" && base.is_empty() && vector["version"] != "1.2.12";
    let secure = match &config["advanced"]["useSecureCookies"] {
        Value::Bool(secure) => Some(*secure),
        _ => (by_environment || config["baseURL"]["protocol"] == "https").then_some(true),
    };
    settings.extend(secure.map(|secure| ("COOKIE_SECURE", secure.to_string())));
    let names = [("COOKIE_PREFIX", "/advanced/cookiePrefix"), ("COOKIE_NAME", "/advanced/cookies/session_token/name")];
    for (variable, pointer) in names {
        settings.extend(config.pointer(pointer).and_then(Value::as_str).map(|value| (variable, value.to_owned())));
    }
    settings
}

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
        let user = add_session(&app, &vector);
        assert_eq!(list(&user).expect(200), json!([]), "{}", vector["id"]);
        list("somebody-else").expect(403);
        app.execute("DELETE FROM session");
        list(&user).expect(401);
    }
}

/// Writes the session of a `session_cookie` vector and its user; gives the user's id. Where the vector has no rows, zoe's.
fn add_session(app: &App, vector: &Value) -> String {
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
        let input = &vector["input"];
        let (name, value) = match (&input["authorization"], &input["cookie_header"], &input["set_cookie"]) {
            (Value::String(value), _, _) => ("Authorization", value.as_str()),
            (_, Value::String(value), _) => ("Cookie", value.as_str()),
            (_, _, Value::String(line)) => ("Cookie", line.split(';').next().unwrap()),
            _ => panic!("{} shows nothing to present", vector["id"]),
        };
        let answer = app.request("GET", "/api/tasks").header(name, value).send();
        answer.expect(401);
        assert!(answer.header("www-authenticate").unwrap().contains("error=\"invalid_token\""), "{}", vector["id"]);
    }
}

fn add_all_sessions(app: &App) {
    app.make_better_auth_tables();
    for vector in of_kind("session_cookie").iter().filter(|vector| vector["expected"]["exp_ms"].is_i64()) {
        add_session(app, vector);
    }
}

fn theirs(vector: &Value) -> bool {
    vector["expected"]["accepted_by_better_auth"].as_bool().expect("Better Auth's own verdict")
}

/// The vector's own clock; the day of the captures where it tells none.
fn now(vector: &Value) -> i64 {
    vector["now_ms"].as_i64().unwrap_or(1_795_247_033_428)
}

fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).expect("a moment of this era")
}
