//! Runs `task-api doctor`, and imitates a Better Auth: its rows, and a server with its responses.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::jwks::key_url::server::{KeyServer, Reply};
use crate::support::{App, BETTER_AUTH_URL, Database, SECRET, Settings, task_api};

pub const CHECKS: [&str; 15] = [
    "settings",
    "secret",
    "database",
    "migrations",
    "isolation",
    "timeouts",
    "events",
    "sessions",
    "key set",
    "JWT claims",
    "front end",
    "clock",
    "origins",
    "cookie",
    "proxies",
];

/// The id of the captured key.
pub const KID: &str = "7lz54NbXenBVQCDwp3eGvM03K3zzYS8G";

/// The private key of a row that Better Auth 1.7 wrote with [`SECRET`].
const PRIVATE_KEY: &str = "\"a5efb4a6dd87c1b4458fecec3fc8fd598d5c3cb3ff746d1207a2823dc90b1f974562caca1c5c7842755e355de55c6b30fa0bcae2b90877fde5c078212c9a41b9139bf0f2f77219707354bd51786ccf7947862662e1e7c4ec77d8fcfc8b92a22c4766ce04ec5d70a0661d8fed81183ed740af73f3e9da158c187a5aa069968b01af1b5514ba80bdc43726bf64583eb1cc1658fde48a08df4e3c7a62aad17dcce6683b369130a25affe7\"";

/// The output and the exit code of `task-api doctor`.
pub struct DoctorReport {
    pub code: i32,
    pub text: String,
}

impl DoctorReport {
    /// Returns the line of this check and its advice, separated by a line break.
    #[track_caller]
    pub fn line(&self, name: &str) -> String {
        let mut lines = self.text.lines().skip_while(|line| !line.starts_with(&format!("{name} ")));
        let first = lines.next().unwrap_or_else(|| panic!("no line {name}: {}", self.text));
        let advice = lines.next().filter(|line| line.trim_start().starts_with("-> ")).unwrap_or_default();
        format!("{first}\n{advice}")
    }

    /// Asserts that this check failed with these words and exit code 1.
    #[track_caller]
    pub fn expect_failed(&self, name: &str, words: &[&str]) {
        assert_eq!(self.code, 1, "{}", self.text);
        let line = self.line(name);
        assert!(line.contains("  FAIL  ") && line.contains("-> "), "{}", self.text);
        words.iter().for_each(|word| assert!(line.contains(word), "{word} is missing: {line}"));
    }

    /// Asserts that these checks passed.
    #[track_caller]
    pub fn expect_ok(&self, names: &[&str]) {
        names.iter().for_each(|name| assert!(self.line(name).contains("  ok  "), "{name}: {}", self.text));
    }
}

/// Runs `task-api doctor` with the settings of a deployment and these settings.
///
/// Asserts that every check has a line and that the output has no secret.
pub fn doctor(settings: Settings<'_>) -> DoctorReport {
    let folder = tempfile::tempdir().unwrap();
    let report = doctor_in(folder.path(), settings);
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "doctor creates no file");
    report
}

/// As [`doctor`], in this folder.
pub fn doctor_in(folder: &Path, settings: Settings<'_>) -> DoctorReport {
    let base = [("BETTER_AUTH_SECRET", SECRET), ("BETTER_AUTH_URL", BETTER_AUTH_URL)];
    let Output { status, stdout, stderr } =
        task_api(folder, &base).envs(settings.iter().copied()).arg("doctor").output().expect("the binary can be run");
    let text = String::from_utf8(stdout).unwrap();
    let secrets = base.iter().chain(settings).filter(|(name, _)| name.contains("SECRET"));
    for (_, secret) in secrets.filter(|(_, value)| !value.trim().is_empty()) {
        assert!(!text.contains(secret.trim()), "a secret was printed: {text}");
    }
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    assert!(!text.contains('\u{1b}'), "{text}");
    let report = DoctorReport { code: status.code().unwrap(), text };
    CHECKS.iter().for_each(|name| drop(report.line(name)));
    report
}

/// Returns the public key of the captured row.
pub fn captured_jwk() -> Value {
    json!({ "alg": "EdDSA", "crv": "Ed25519", "x": "c_dmVmXMDublX5t1vf57O93lanbu6jbGa2cbDqX4usA", "kty": "OKP", "kid": KID })
}

/// Starts a server with the responses of a Better Auth that has the secret, the cookie and the key of the tests.
pub fn start_better_auth() -> KeyServer {
    start_better_auth_with(&[captured_jwk()], "")
}

/// As [`start_better_auth`], with these keys and this header of the key set.
pub fn start_better_auth_with(keys: &[Value], header: &str) -> KeyServer {
    let server = KeyServer::start(Reply::Silence);
    let header = if header.is_empty() { "Content-Type: application/json" } else { header };
    let key_set = Reply::body("200 OK", header, &json!({ "keys": keys }).to_string());
    let deleted = "Set-Cookie: better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax";
    server.reply_by_path(Box::new(move |path| match path {
        "/api/auth/jwks" => key_set.clone(),
        path if path.starts_with("/api/auth/get-session") => Reply::body("200 OK", deleted, "null"),
        "/api/auth/sign-out" => Reply::body("200 OK", deleted, r#"{"success":true}"#),
        _ => Reply::status("404 Not Found"),
    }));
    server
}

/// Starts a service with Better Auth's tables, a session, and the captured key.
pub fn start_app(database: Database) -> App {
    let app = App::start(database);
    app.sign_in("alice");
    app.execute(&insert_captured_key());
    app
}

/// Returns the `INSERT` statement of the captured row.
pub fn insert_captured_key() -> String {
    let mut jwk = captured_jwk();
    jwk.as_object_mut().unwrap().retain(|name, _| !["kid", "alg"].contains(&name.as_str()));
    format!(
        r#"INSERT INTO jwks (id, "publicKey", "privateKey", "createdAt", alg) VALUES ('{KID}', '{jwk}', '{PRIVATE_KEY}', '2026-11-21T07:49:50.512Z', 'EdDSA')"#
    )
}

/// Values that live as long as a set-up.
pub type Kept = Vec<Box<dyn std::any::Any>>;

/// Creates a folder that is removed with the set-up.
pub fn temporary_folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be created")
}
