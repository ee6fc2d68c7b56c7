//! Tests `task-api verify` on sessions and cookies: it reports the cause of a rejection, and no secret.

use std::io::Write;
use std::process::Stdio;

use better_auth_guard::{Secret, signed_cookie_value};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::db::{NewSession, create_session};

use crate::on_both;
use crate::support::vectors::{of_kind, text};
use crate::support::{
    App, BETTER_AUTH_URL, Database, SECRET, Settings, cached_session, compact, cookie_header, jwe, jwt, task_api,
};

on_both!(
    a_valid_credential_is_accepted,
    another_secret_is_reported,
    a_misplaced_token_is_reported,
    expired_banned_and_missing_sessions_are_reported,
    missing_tables_are_reported_as_unavailable,
);

pub const OTHER_SECRET: &str = "another secret of more than 32 bytes";
const TOKEN: &str = "xx4Wy8KuXdb1pdkL5MMeJHzMWCCjkqlv";
const SESSION_ID: &str = "GBZ3cFKtPzWUviKbtCcr5O6vMVHYiLUy";

/// The output and the exit code of `task-api verify`.
pub struct VerifyOutput {
    pub code: i32,
    pub text: String,
    /// The last line of standard output.
    pub json: Value,
}

impl VerifyOutput {
    /// Asserts the exit code (`1`: rejected, `2`: undecided), the reason, and these words in the cause.
    #[track_caller]
    pub fn expect(&self, code: i32, reason: &str, words: &[&str]) {
        assert_eq!((self.code, self.json["reason"].as_str()), (code, Some(reason)), "{}", self.text);
        assert_eq!(self.json["accepted"], if code == 1 { json!(false) } else { Value::Null });
        words.iter().for_each(|word| assert!(self.text.contains(word), "{word} is missing: {}", self.text));
    }
}

/// Runs `task-api verify` with the settings of a deployment, these settings and arguments, and this line on standard input.
///
/// Asserts that the output has no secret and no part of more than 12 characters of the credential.
#[track_caller]
pub fn verify(settings: Settings<'_>, arguments: &[&str], line: &str) -> VerifyOutput {
    let folder = tempfile::tempdir().unwrap();
    let base = [("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", BETTER_AUTH_URL), ("POOL_SIZE", "1")];
    let mut command = task_api(folder.path(), &base);
    command.envs(settings.iter().copied()).arg("verify").args(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // With invalid settings the process exits without reading its input.
    match process.stdin.take().unwrap().write_all(line.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        result => result.unwrap(),
    }
    let output = process.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let text = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    let secrets = base.iter().chain(settings).filter(|(name, _)| name.contains("SECRET"));
    for secret in secrets.flat_map(|(_, value)| value.split([',', ':'])).filter(|part| part.len() > 8) {
        assert!(!text.contains(secret), "a secret was printed: {text}");
    }
    let value = line.split_once(": ").map_or(line, |(_, value)| value);
    for piece in value.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|piece| piece.len() > 12) {
        assert!(!text.contains(piece), "{piece}: {text}");
    }
    let json = stdout.lines().last().map_or(Value::Null, |line| serde_json::from_str(line).unwrap_or_default());
    VerifyOutput { code: output.status.code().unwrap(), text, json }
}

fn signed(token: &str, secret: &str) -> String {
    format!("Cookie: better-auth.session_token={}", signed_cookie_value(token, &Secret::new(secret)))
}

/// Starts a service whose database has a session of alice.
fn signed_in(database: Database) -> App {
    let app = App::start(database);
    app.make_better_auth_tables();
    let now = Utc::now();
    let session =
        NewSession { user_id: "alice", id: SESSION_ID, token: TOKEN, expires_at: now + TimeDelta::days(7), now };
    create_session(&app.config.database, &session, false).unwrap();
    app
}

fn a_valid_credential_is_accepted(database: Database) {
    let app = signed_in(database);
    let settings = [("DATABASE_URL", app.url.as_str())];
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    for (line, kind) in [
        (signed(TOKEN, SECRET), "session_cookie"),
        (format!("better-auth.session_token={value}; a=b"), "session_cookie"),
        (format!("AUTHORIZATION: Bearer {value}"), "bearer_session"),
        (format!("bearer {}", jwt("alice")), "jwt"),
    ] {
        let output = verify(&settings, &[], &line);
        assert_eq!(output.code, 0, "{}", output.text);
        let token = if kind == "jwt" { Value::Null } else { json!("xx4Wy8Ku…") };
        let expected =
            json!({ "accepted": true, "kind": kind, "user_id": "alice", "session_token": token, "reason": null });
        assert_eq!(output.json, expected);
    }
    let offline = verify(&settings, &["--offline"], &signed(TOKEN, SECRET));
    offline.expect(2, "offline", &["the session token xx4Wy8Ku… matches a secret", "the session must be looked up"]);
}

fn another_secret_is_reported(database: Database) {
    let app = signed_in(database);
    let output = verify(&[("DATABASE_URL", &app.url)], &[], &signed(TOKEN, OTHER_SECRET));
    let words = ["does not match any configured secret", "the session exists in", "set BETTER_AUTH_SECRET to"];
    output.expect(1, "bad_signature", &words);
}

fn a_misplaced_token_is_reported(database: Database) {
    let app = signed_in(database);
    let settings = [("DATABASE_URL", app.url.as_str())];
    let verify_line = |line: &str| verify(&settings, &[], line);
    let bearer = verify_line(&format!("Authorization: Bearer {TOKEN}"));
    bearer.expect(1, "malformed", &["this is the unsigned session token, not a JWT", "BEARER_UNSIGNED=true"]);
    let cookie = verify_line(&format!("Cookie: better-auth.session_token={TOKEN}"));
    cookie.expect(1, "malformed", &["this is the unsigned session token: the cookie must contain the signed token"]);
    let id = verify_line(&format!("Authorization: Bearer {SESSION_ID}"));
    id.expect(1, "malformed", &["this is session.id instead of session.token"]);
    verify_line(&signed(SESSION_ID, SECRET)).expect(1, "no_session", &["this is session.id instead of session.token"]);
    let unsigned = [("DATABASE_URL", app.url.as_str()), ("BEARER_UNSIGNED", "true")];
    let id = verify(&unsigned, &[], &format!("Authorization: Bearer {SESSION_ID}"));
    id.expect(1, "no_session", &["this is session.id instead of session.token"]);
    let jwt = verify_line(&format!("Cookie: better-auth.session_token={}", jwt("alice")));
    jwt.expect(1, "malformed", &["this is a JWT, but a session token is expected"]);
    for vector in of_kind("reject").iter().filter(|vector| text(vector, "/id").ends_with("_as_session")) {
        let name = text(vector, "/id").trim_start_matches("reject/").trim_end_matches("_as_session");
        let output = verify_line(&format!("Cookie: {}", text(vector, "/input/cookie_header")));
        output.expect(1, "no_session", &[&format!("the value of the cookie {name}")]);
    }
}

fn expired_banned_and_missing_sessions_are_reported(database: Database) {
    let app = signed_in(database);
    let settings = [("DATABASE_URL", app.url.as_str())];
    let later = (Utc::now() + TimeDelta::days(17)).to_rfc3339();
    let expired = verify(&settings, &["--now", &later], &signed(TOKEN, SECRET));
    expired.expect(1, "expired", &["the session expired 10 days ago"]);
    let (flag, date) = if database == Database::Sqlite { ("integer", "date") } else { ("boolean", "timestamptz") };
    app.execute(&format!(
        "ALTER TABLE \"user\" ADD COLUMN banned {flag}; ALTER TABLE \"user\" ADD COLUMN \"banExpires\" {date}; \
         UPDATE \"user\" SET banned = TRUE, \"banExpires\" = '2999-01-01T00:00:00.000Z'"
    ));
    let banned = verify(&settings, &[], &signed(TOKEN, SECRET));
    banned.expect(1, "banned", &["the user is banned until 2999-01-01"]);
    app.execute("DELETE FROM session");
    let words = ["the signature matches a secret, but no session", "the user signed out, or the database differs"];
    verify(&settings, &[], &signed(TOKEN, SECRET)).expect(1, "no_session", &words);
}

fn missing_tables_are_reported_as_unavailable(database: Database) {
    let app = App::start(database);
    let output = verify(&[("DATABASE_URL", &app.url)], &[], &signed(TOKEN, SECRET));
    output.expect(2, "sessions_unavailable", &["has no table session of Better Auth", "set DATABASE_URL"]);
}

#[test]
fn an_unreachable_database_is_reported_as_unavailable() {
    let output = verify(&[("DATABASE_URL", "postgres://me:hunter2@127.0.0.1:1/tasks")], &[], &signed(TOKEN, SECRET));
    output.expect(2, "sessions_unavailable", &["postgres://127.0.0.1:1/tasks"]);
    assert!(!output.text.contains("hunter2"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let output = verify(&[("DATABASE_URL", &format!("sqlite:{}", file.display()))], &[], &signed(TOKEN, SECRET));
    output.expect(2, "sessions_unavailable", &["does not exist"]);
    assert!(!file.exists(), "to look is not to make");
}

#[test]
fn a_wrong_cookie_name_is_reported() {
    let https = [("BETTER_AUTH_URL", "https://app.example.com")];
    let output = verify(&https, &["--offline"], &signed(TOKEN, SECRET));
    let words = [
        "`better-auth.session_token`, but BETTER_AUTH_URL is https",
        "so the expected name is `__Secure-better-auth.session_token`",
    ];
    output.expect(1, "no_credential", &words);
    let output = verify(&[], &["--offline"], &signed(TOKEN, SECRET).replace("better-auth.", "__Secure-better-auth."));
    output.expect(1, "no_credential", &["but BETTER_AUTH_URL is not https", "COOKIE_SECURE=true"]);
    let output = verify(&[], &["--offline"], &signed(TOKEN, SECRET).replace("better-auth.", "shop."));
    output.expect(1, "no_credential", &["`shop.session_token`", "COOKIE_PREFIX"]);
    let output = verify(&[], &["--offline"], "Cookie: better-auth.session_token=; theme=dark");
    output.expect(1, "no_credential", &["is empty, as after a sign-out"]);
    let output = verify(&[], &["--offline"], "Cookie: better-auth.dont_remember=true.x; theme=dark");
    output.expect(
        1,
        "no_credential",
        &["the cookie `better-auth.session_token` is missing", "Better Auth's dont_remember is present"],
    );
    verify(&[], &["--offline"], "Authorization: Basic eA==").expect(1, "no_credential", &["no Bearer credential"]);
}

#[test]
fn each_form_of_the_cookie_cache_is_reported() {
    let (inner, end) = (cached_session("alice", TOKEN), (Utc::now() + TimeDelta::hours(1)).timestamp_millis());
    let mut claims = inner.clone();
    claims["exp"] = (end / 1000).into();
    let forms = [
        ("compact", compact(&inner, end, SECRET)),
        ("jwt", crate::support::jws(r#"{"alg":"HS256"}"#, claims.to_string(), crate::support::hmac(SECRET))),
        ("jwe", jwe(&json!({ "alg": "dir", "enc": "A256CBC-HS512" }), claims.to_string(), SECRET)),
    ];
    for (name, cached) in forms {
        let line = format!("Cookie: {}; better-auth.session_data={cached}", cookie_header(TOKEN));
        let output = verify(&[("SESSION_SOURCE", "cookie")], &["--offline"], &line);
        assert_eq!((output.code, &output.json["kind"]), (0, &json!("session_data")), "{}", output.text);
        assert!(output.text.contains(&format!("session_data ({name}, ")), "{}", output.text);
        let output = verify(&[], &["--offline"], &line);
        output.expect(2, "offline", &["ignored (SESSION_CACHE is off)"]);
        let other_session = format!("Cookie: {}; better-auth.session_data={cached}", cookie_header(SESSION_ID));
        let output = verify(&[("SESSION_SOURCE", "cookie")], &["--offline"], &other_session);
        output.expect(1, "other_session", &["belongs to another session than the session token"]);
    }
    let output = verify(&[("SESSION_SOURCE", "cookie")], &["--offline"], &signed(TOKEN, SECRET));
    output.expect(1, "no_session", &["the cookie better-auth.session_data, which contains the session, is missing"]);
}

#[test]
fn input_without_a_header_is_an_error() {
    for line in ["", "\n", "Host: localhost\n"] {
        verify(&[], &[], line).expect(2, "no_header", &["standard input contains no header"]);
    }
    let broken = verify(&[("COOKIE_SECURE", "maybe")], &[], "Bearer x");
    assert_eq!(broken.code, 2, "{}", broken.text);
    assert!(broken.text.contains("COOKIE_SECURE must be"), "{}", broken.text);
}
