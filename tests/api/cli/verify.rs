//! `task-api verify`: a set-up that is broken is told by its true cause, and nothing is told that must not be.

use std::io::Write;
use std::process::Stdio;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use task_api::auth::{Secret, signed_cookie_value};
use task_api::db::{NewSession, create_session};

use crate::auth::captured_vectors::{of_kind, text};
use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::on_both;
use crate::support::{
    App, BETTER_AUTH_URL, Database, SECRET, Settings, compact, cookie_header, ed25519_jwk, eddsa, hs256, inner, jwe,
    jwt, task_api,
};

on_both!(
    a_good_credential_is_accepted,
    another_secret_is_named,
    a_token_in_the_wrong_place_is_named,
    a_session_that_is_none_is_named,
    a_database_without_tables_cannot_tell,
);

const OTHER: &str = "another secret of more than 32 bytes";
const TOKEN: &str = "xx4Wy8KuXdb1pdkL5MMeJHzMWCCjkqlv";
const ID: &str = "GBZ3cFKtPzWUviKbtCcr5O6vMVHYiLUy";

/// What it said, to whom, and with which exit code.
pub struct Said {
    pub code: i32,
    pub text: String,
    /// The last line.
    pub json: Value,
}

impl Said {
    /// Refused for this reason (`2`: not to be told), with these words in its cause.
    #[track_caller]
    fn expect(&self, code: i32, reason: &str, words: &[&str]) {
        assert_eq!((self.code, self.json["reason"].as_str()), (code, Some(reason)), "{}", self.text);
        assert_eq!(self.json["accepted"], if code == 1 { json!(false) } else { Value::Null });
        words.iter().for_each(|word| assert!(self.text.contains(word), "{word} is missing: {}", self.text));
    }
}

/// Runs the binary with what a deployment sets, these settings and arguments, and this line on standard input. Whatever it says, it
/// says no secret, and of what was presented no long piece.
#[track_caller]
pub fn verify(settings: Settings<'_>, arguments: &[&str], line: &str) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let base = [("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", BETTER_AUTH_URL), ("POOL_SIZE", "1")];
    let mut command = task_api(folder.path(), &base);
    command.envs(settings.iter().copied()).arg("verify").args(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // a process whose settings are wrong ends without reading its input
    match process.stdin.take().unwrap().write_all(line.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    let output = process.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let text = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    let secrets = base.iter().chain(settings).filter(|(name, _)| name.contains("SECRET"));
    for secret in secrets.flat_map(|(_, value)| value.split([',', ':'])).filter(|part| part.len() > 8) {
        assert!(!text.contains(secret), "a secret: {text}");
    }
    let value = line.split_once(": ").map_or(line, |(_, value)| value);
    for piece in value.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|piece| piece.len() > 12) {
        assert!(!text.contains(piece), "{piece}: {text}");
    }
    let json = stdout.lines().last().map_or(Value::Null, |line| serde_json::from_str(line).unwrap_or_default());
    Said { code: output.status.code().unwrap(), text, json }
}

fn signed(token: &str, secret: &str) -> String {
    format!("Cookie: better-auth.session_token={}", signed_cookie_value(token, &Secret::new(secret)))
}

/// A service's database with a session of alice.
fn signed_in(database: Database) -> App {
    let app = App::start(database);
    app.make_better_auth_tables();
    let now = Utc::now();
    let session = NewSession { user_id: "alice", id: ID, token: TOKEN, expires_at: now + TimeDelta::days(7), now };
    create_session(&app.config.database, &session, false).unwrap();
    app
}

fn a_good_credential_is_accepted(database: Database) {
    let app = signed_in(database);
    let settings = [("DATABASE_URL", app.url.as_str())];
    let value = signed_cookie_value(TOKEN, &Secret::new(SECRET));
    for (line, kind) in [
        (signed(TOKEN, SECRET), "session_cookie"),
        (format!("better-auth.session_token={value}; a=b"), "session_cookie"),
        (format!("AUTHORIZATION: Bearer {value}"), "bearer_session"),
        (format!("bearer {}", jwt("alice")), "jwt"),
    ] {
        let said = verify(&settings, &[], &line);
        assert_eq!(said.code, 0, "{}", said.text);
        let token = if kind == "jwt" { Value::Null } else { json!("xx4Wy8Ku…") };
        let expected =
            json!({ "accepted": true, "kind": kind, "user_id": "alice", "session_token": token, "reason": null });
        assert_eq!(said.json, expected);
    }
    let offline = verify(&settings, &["--offline"], &signed(TOKEN, SECRET));
    offline.expect(2, "offline", &["the session token xx4Wy8Ku… matches a secret", "the session must be looked up"]);
}

fn another_secret_is_named(database: Database) {
    let app = signed_in(database);
    let said = verify(&[("DATABASE_URL", &app.url)], &[], &signed(TOKEN, OTHER));
    let words = ["does not match any configured secret", "the session exists in", "set BETTER_AUTH_SECRET to"];
    said.expect(1, "bad_signature", &words);
}

fn a_token_in_the_wrong_place_is_named(database: Database) {
    let app = signed_in(database);
    let settings = [("DATABASE_URL", app.url.as_str())];
    let said = |line: &str| verify(&settings, &[], line);
    let bearer = said(&format!("Authorization: Bearer {TOKEN}"));
    bearer.expect(1, "malformed", &["this is the unsigned session token, not a JWT", "BEARER_UNSIGNED=true"]);
    let cookie = said(&format!("Cookie: better-auth.session_token={TOKEN}"));
    cookie.expect(1, "malformed", &["this is the unsigned session token: the cookie must contain the signed token"]);
    let id = said(&format!("Authorization: Bearer {ID}"));
    id.expect(1, "malformed", &["this is session.id instead of session.token"]);
    said(&signed(ID, SECRET)).expect(1, "no_session", &["this is session.id instead of session.token"]);
    let unsigned = [("DATABASE_URL", app.url.as_str()), ("BEARER_UNSIGNED", "true")];
    let id = verify(&unsigned, &[], &format!("Authorization: Bearer {ID}"));
    id.expect(1, "no_session", &["this is session.id instead of session.token"]);
    let jwt = said(&format!("Cookie: better-auth.session_token={}", jwt("alice")));
    jwt.expect(1, "malformed", &["this is a JWT, but a session token is expected"]);
    for vector in of_kind("reject").iter().filter(|vector| text(vector, "/id").ends_with("_as_session")) {
        let name = text(vector, "/id").trim_start_matches("reject/").trim_end_matches("_as_session");
        let said = said(&format!("Cookie: {}", text(vector, "/input/cookie_header")));
        said.expect(1, "no_session", &[&format!("the value of the cookie {name}")]);
    }
}

fn a_session_that_is_none_is_named(database: Database) {
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

fn a_database_without_tables_cannot_tell(database: Database) {
    let app = App::start(database);
    let said = verify(&[("DATABASE_URL", &app.url)], &[], &signed(TOKEN, SECRET));
    said.expect(2, "sessions_unavailable", &["has no table session of Better Auth", "set DATABASE_URL"]);
}

#[test]
fn a_database_that_is_away_cannot_tell() {
    let said = verify(&[("DATABASE_URL", "postgres://me:hunter2@127.0.0.1:1/tasks")], &[], &signed(TOKEN, SECRET));
    said.expect(2, "sessions_unavailable", &["postgres://127.0.0.1:1/tasks"]);
    assert!(!said.text.contains("hunter2"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let said = verify(&[("DATABASE_URL", &format!("sqlite:{}", file.display()))], &[], &signed(TOKEN, SECRET));
    said.expect(2, "sessions_unavailable", &["does not exist"]);
    assert!(!file.exists(), "to look is not to make");
}

#[test]
fn the_name_of_a_secure_cookie_follows_from_the_url() {
    let https = [("BETTER_AUTH_URL", "https://app.example.com")];
    let said = verify(&https, &["--offline"], &signed(TOKEN, SECRET));
    let words = [
        "`better-auth.session_token`, but BETTER_AUTH_URL is https",
        "so the expected name is `__Secure-better-auth.session_token`",
    ];
    said.expect(1, "no_credential", &words);
    let said = verify(&[], &["--offline"], &signed(TOKEN, SECRET).replace("better-auth.", "__Secure-better-auth."));
    said.expect(1, "no_credential", &["but BETTER_AUTH_URL is not https", "COOKIE_SECURE=true"]);
    let said = verify(&[], &["--offline"], &signed(TOKEN, SECRET).replace("better-auth.", "shop."));
    said.expect(1, "no_credential", &["`shop.session_token`", "COOKIE_PREFIX"]);
    let said = verify(&[], &["--offline"], "Cookie: better-auth.session_token=; theme=dark");
    said.expect(1, "no_credential", &["is empty, as after a sign-out"]);
    let said = verify(&[], &["--offline"], "Cookie: better-auth.dont_remember=true.x; theme=dark");
    said.expect(
        1,
        "no_credential",
        &["the cookie `better-auth.session_token` is missing", "Better Auth's dont_remember is present"],
    );
    verify(&[], &["--offline"], "Authorization: Basic eA==").expect(1, "no_credential", &["no Bearer credential"]);
}

#[test]
fn a_key_of_another_front_end_is_named() {
    let server = KeyServer::start(Reply::keys(&[ed25519_jwk("theirs")]));
    let base = server.base();
    let claims = json!({ "sub": "alice", "iss": "https://app.example.com", "exp": Utc::now().timestamp() + 900 });
    let line = format!("Authorization: Bearer {}", eddsa("ours", &claims));
    let said = verify(&[("BETTER_AUTH_URL", &base)], &[], &line);
    let words = [
        "signed with \"EdDSA\", but its key \"ours\" is not in the key set at",
        "check BETTER_AUTH_URL: the issuer of the token is",
        "https://app.example.com",
        &base,
    ];
    said.expect(1, "unknown_key", &words);
    let theirs = format!("Bearer {}", eddsa("theirs", &claims));
    // the default of JWT_ISSUER is the base URL
    let said = verify(&[("BETTER_AUTH_URL", &base)], &[], &theirs);
    let rule = format!("only {base} is accepted, because BETTER_AUTH_URL is set and JWT_ISSUER is not");
    said.expect(
        1,
        "foreign_issuer",
        &["the issuer is \"https://app.example.com\"", &rule, "set JWT_ISSUER to its jwt.issuer"],
    );
    let named = [("BETTER_AUTH_URL", base.as_str()), ("JWT_ISSUER", "https://app.example.com")];
    let good = verify(&named, &[], &theirs);
    assert_eq!((good.code, &good.json["user_id"]), (0, &json!("alice")), "{}", good.text);
    drop(server);
    let said = verify(&[("JWKS_URL", &format!("{base}/jwks"))], &[], &line);
    said.expect(2, "keys_unavailable", &["the key set is unavailable", "the front end is reachable from here"]);
    verify(&[], &["--offline"], &line).expect(2, "offline", &["must be fetched"]);
}

#[test]
fn claims_that_do_not_fit_are_named() {
    let soon = Utc::now().timestamp() + 900;
    let said = |settings: Settings<'_>, claims: Value| {
        verify(settings, &["--offline"], &format!("Authorization: Bearer {}", hs256(&claims, SECRET)))
    };
    let no_user = said(&[], json!({ "userId": "alice", "exp": soon }));
    no_user.expect(
        1,
        "no_user",
        &["the claim sub is missing", "claims that may identify the user: userId", "JWT_USER_CLAIM"],
    );
    let ours = [("JWT_AUDIENCE", "tasks"), ("JWT_ISSUER", "https://app.example.com")];
    let issuer = said(&ours, json!({ "sub": "a", "exp": soon, "iss": "https://b.example", "aud": "tasks" }));
    issuer.expect(
        1,
        "foreign_issuer",
        &["the issuer is \"https://b.example\", but JWT_ISSUER accepts only https://app.example.com"],
    );
    let audience = said(&ours, json!({ "sub": "a", "exp": soon, "iss": "https://app.example.com", "aud": ["shop"] }));
    audience.expect(1, "foreign_audience", &["the audience is \"shop\", but JWT_AUDIENCE accepts only tasks"]);
    let expired = said(&[], json!({ "sub": "a", "exp": Utc::now().timestamp() - 600 }));
    expired.expect(1, "expired", &["the token expired 10 min ago"]);
    let early = said(&[], json!({ "sub": "a", "exp": soon, "iat": Utc::now().timestamp() + 600 }));
    early.expect(1, "bad_times", &["compare the clocks"]);
    let foreign = hs256(&json!({ "sub": "a", "exp": soon }), OTHER);
    let said = verify(&[], &["--offline"], &format!("Authorization: Bearer {foreign}"));
    said.expect(1, "bad_signature", &["does not match any configured secret", "set BETTER_AUTH_SECRET to"]);
}

#[test]
fn tokens_for_third_parties_are_named() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(json!({ "keys": [ed25519_jwk("ed")] }).to_string().as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let said = |settings: Settings<'_>, members: Value| {
        let mut claims = json!({ "sub": "alice", "aud": "a-client", "exp": Utc::now().timestamp() + 900 });
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let line = format!("Authorization: Bearer {}", eddsa("ed", &claims));
        verify(settings, &["--offline", "--jwks", &path], &line)
    };
    let issued = "an ID token or an access token that an OAuth provider issued to a third party";
    for (members, has) in [
        (
            json!({ "acr": "0", "at_hash": "x", "nonce": "n" }),
            "its claims include acr, at_hash, nonce, and its audience is \"a-client\"",
        ),
        (json!({ "azp": "a-client" }), "its claims include azp, and its audience is \"a-client\""),
    ] {
        let said = said(&[("JWT_AUDIENCE", "any")], members);
        said.expect(1, "foreign_type", &[issued, has, "send the token of /api/auth/token"]);
    }
    let rule = format!("only {BETTER_AUTH_URL} is accepted, because BETTER_AUTH_URL is set and JWT_AUDIENCE is not");
    let words = [
        "the audience is \"a-client\"",
        &rule,
        "set JWT_AUDIENCE to its jwt.audience",
        "if an OAuth provider issued the token",
    ];
    said(&[], json!({})).expect(1, "foreign_audience", &words);
    assert_eq!(said(&[("JWT_AUDIENCE", "a-client")], json!({})).code, 0);
}

#[test]
fn the_token_of_an_email_link_is_named() {
    let vectors = of_kind("reject");
    let vector = vectors.iter().find(|vector| text(vector, "/id").ends_with("email_verification_jwt")).unwrap();
    let issued = (vector["expected"]["claims"]["iat"].as_i64().unwrap() * 1000).to_string();
    let line = format!("Authorization: {}", text(vector, "/input/authorization"));
    let said = verify(&[], &["--offline", "--now", &issued], &line);
    said.expect(1, "no_user", &["this is the token of an e-mail verification link"]);
    assert!(!said.text.contains("zoe@"), "{}", said.text);
}

#[test]
fn each_form_of_the_cookie_cache_is_named() {
    let (inner, end) = (inner("alice", TOKEN), (Utc::now() + TimeDelta::hours(1)).timestamp_millis());
    let mut claims = inner.clone();
    claims["exp"] = (end / 1000).into();
    let forms = [
        ("compact", compact(&inner, end, SECRET)),
        ("jwt", crate::support::jws(r#"{"alg":"HS256"}"#, claims.to_string(), crate::support::hmac(SECRET))),
        ("jwe", jwe(&json!({ "alg": "dir", "enc": "A256CBC-HS512" }), claims.to_string(), SECRET)),
    ];
    for (name, copy) in forms {
        let line = format!("Cookie: {}; better-auth.session_data={copy}", cookie_header(TOKEN));
        let said = verify(&[("SESSION_SOURCE", "cookie")], &["--offline"], &line);
        assert_eq!((said.code, &said.json["kind"]), (0, &json!("session_data")), "{}", said.text);
        assert!(said.text.contains(&format!("session_data ({name}, ")), "{}", said.text);
        let said = verify(&[], &["--offline"], &line);
        said.expect(2, "offline", &["ignored (SESSION_CACHE is off)"]);
        let other = format!("Cookie: {}; better-auth.session_data={copy}", cookie_header(ID));
        let said = verify(&[("SESSION_SOURCE", "cookie")], &["--offline"], &other);
        said.expect(1, "other_session", &["belongs to another session than the session token"]);
    }
    let said = verify(&[("SESSION_SOURCE", "cookie")], &["--offline"], &signed(TOKEN, SECRET));
    said.expect(1, "no_session", &["the cookie better-auth.session_data, which contains the session, is missing"]);
}

#[test]
fn without_a_header_there_is_nothing_to_say() {
    for line in ["", "\n", "Host: localhost\n"] {
        verify(&[], &[], line).expect(2, "no_header", &["standard input contains no header"]);
    }
    let broken = verify(&[("COOKIE_SECURE", "maybe")], &[], "Bearer x");
    assert_eq!(broken.code, 2, "{}", broken.text);
    assert!(broken.text.contains("COOKIE_SECURE must be"), "{}", broken.text);
}
