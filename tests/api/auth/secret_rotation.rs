//! Tests that SIGHUP reloads secrets and key sets without a failed request.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use better_auth_guard::{Secret, signed_cookie_value};
use serde_json::json;

use crate::on_both;
use crate::support::{App, BETTER_AUTH_URL, Database, Request, ed25519_jwk, eddsa, hs256};
use crate::support::{Service, task_api};

on_both!(
    a_reload_drops_no_request,
    invalid_settings_change_nothing,
    tokens_of_removed_keys_are_rejected,
    cursors_of_both_secrets_are_accepted
);

const OLD_SECRET: &str = "an old secret of more than 32 bytes now";
const NEW_SECRET: &str = "a new secret of more than 32 bytes now";

/// A service that reads its secrets from `.env` and its key set from `jwks.json`.
struct Fixture {
    service: Service,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(database: Database) -> Self {
        let (folder, url) = database.empty();
        write_secrets(folder.path(), &format!("1:{OLD_SECRET}"));
        write_keys(folder.path(), &["ed"]);
        let variables = [
            ("DATABASE_URL", url.as_str()),
            ("BETTER_AUTH_URL", BETTER_AUTH_URL),
            ("JWKS_FILE", "jwks.json"),
            ("RUST_LOG", "warn,task_api::cli=info"),
        ];
        Self { service: Service::start(task_api(folder.path(), &variables)), folder }
    }

    fn list(&self, token: &str) -> u16 {
        status_of(&self.service.request("GET", "/api/alice/tasks"), token)
    }

    /// Repeats the request with this token until the response has this status, for at most 20 s.
    fn wait_until(&self, token: &str, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.list(token) != status {
            assert!(Instant::now() < deadline, "timeout waiting for {status}");
            std::thread::yield_now();
        }
    }

    fn reload(&self, secrets: &str) {
        write_secrets(self.folder.path(), secrets);
        self.service.signal("-HUP");
    }
}

fn write_secrets(folder: &Path, secrets: &str) {
    std::fs::write(folder.join(".env"), format!("BETTER_AUTH_SECRETS=\"{secrets}\"\n")).unwrap();
}

fn write_keys(folder: &Path, kids: &[&str]) {
    let keys: Vec<_> = kids.iter().map(|kid| ed25519_jwk(kid)).collect();
    std::fs::write(folder.join("jwks.json"), json!({ "keys": keys }).to_string()).unwrap();
}

fn status_of(request: &Request, token: &str) -> u16 {
    request.clone().bearer(token).send().status
}

fn token_of_secret(secret: &str) -> String {
    hs256(&json!({ "sub": "alice", "exp": 4_102_444_800_i64 }), secret)
}

fn token_of_key(kid: &str) -> String {
    eddsa(kid, &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }))
}

/// Sets the flag on drop, also after a failed assertion. The client threads would otherwise never end.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn a_reload_drops_no_request(database: Database) {
    let fixture = Fixture::new(database);
    assert_eq!(
        (
            fixture.list(&token_of_secret(OLD_SECRET)),
            fixture.list(&token_of_secret(NEW_SECRET)),
            fixture.list(&token_of_key("ed"))
        ),
        (200, 401, 200)
    );
    let (is_done, secret_index, new_secret_requests) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let request = fixture.service.request("GET", "/api/alice/tasks");
    let send_until_done = |send: &dyn Fn() -> u16| {
        let mut statuses = Vec::new();
        while !is_done.load(Ordering::SeqCst) {
            statuses.push(send());
        }
        statuses
    };
    let statuses = std::thread::scope(|scope| {
        let secret_client = scope.spawn(|| {
            send_until_done(&|| {
                let secret_index = secret_index.load(Ordering::SeqCst);
                let status = status_of(&request, &token_of_secret([OLD_SECRET, NEW_SECRET][secret_index]));
                new_secret_requests.fetch_add(secret_index, Ordering::SeqCst);
                status
            })
        });
        let key_client = scope.spawn(|| send_until_done(&|| status_of(&request, &token_of_key("ed"))));
        let done_guard = SetOnDrop(&is_done);
        // A rotation adds the new secret to every service before one signs with it. It removes the old secret when it is unused.
        fixture.reload(&format!("1:{OLD_SECRET},2:{NEW_SECRET}"));
        fixture.wait_until(&token_of_secret(NEW_SECRET), 200);
        fixture.reload(&format!("2:{NEW_SECRET},1:{OLD_SECRET}"));
        secret_index.store(1, Ordering::SeqCst);
        while new_secret_requests.load(Ordering::SeqCst) == 0 {
            assert_eq!(fixture.list(&token_of_secret(OLD_SECRET)), 200);
        }
        fixture.reload(&format!("2:{NEW_SECRET}"));
        fixture.wait_until(&token_of_secret(OLD_SECRET), 401);
        drop(done_guard);
        [secret_client, key_client].map(|client| client.join().unwrap())
    });
    for statuses in statuses {
        assert!(statuses.len() > 2 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }
    let (log, code) = fixture.service.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.iter().any(|line| line.contains("SIGHUP: secrets reloaded (2 in use)")), "{log:?}");
    assert!(!log.iter().any(|line| line.contains("secret of more")), "{log:?}");
}

fn invalid_settings_change_nothing(database: Database) {
    let fixture = Fixture::new(database);
    let file = fixture.folder.path().join(".env");
    for (settings, error) in [
        (
            "BETTER_AUTH_SECRETS=2hunter2".to_owned(),
            "BETTER_AUTH_SECRETS (part 1) must be a version number and a secret",
        ),
        (format!("BETTER_AUTH_SECRETS='1:{OLD_SECRET},1:{NEW_SECRET}'"), "BETTER_AUTH_SECRETS has a duplicate version"),
        (format!("BETTER_AUTH_SECRETS='1:{NEW_SECRET}'\nMAX_LIST=none"), "MAX_LIST must be"),
        ("BETTER_AUTH_SECRET='hunter2".to_owned(), "an invalid line; each line must be NAME=value"),
        (String::new(), "BETTER_AUTH_SECRET "),
    ] {
        std::fs::write(&file, settings).unwrap();
        fixture.service.signal("-HUP");
        let line = fixture.service.wait_for_line("SIGHUP: ");
        assert!(line.contains("ERROR") && line.contains("secrets not reloaded"), "{line}");
        assert!(line.contains(error) && !line.contains("hunter2"), "{line}");
        assert_eq!(
            (
                fixture.list(&token_of_secret(OLD_SECRET)),
                fixture.list(&token_of_secret(NEW_SECRET)),
                fixture.list(&token_of_key("ed"))
            ),
            (200, 401, 200)
        );
    }
    std::fs::write(fixture.folder.path().join("jwks.json"), "no JSON").unwrap();
    fixture.reload(&format!("1:{OLD_SECRET}"));
    fixture.service.wait_for_line("key set fetch failed");
    assert_eq!(fixture.list(&token_of_key("ed")), 200);
}

/// The cache of verified tokens keeps no token of a removed key.
fn tokens_of_removed_keys_are_rejected(database: Database) {
    let fixture = Fixture::new(database);
    assert_eq!((fixture.list(&token_of_key("ed")), fixture.list(&token_of_key("ed"))), (200, 200));
    write_keys(fixture.folder.path(), &["other", "third"]);
    fixture.service.signal("-HUP");
    fixture.wait_until(&token_of_key("ed"), 401);
    assert_eq!(fixture.list(&token_of_key("other")), 200);
}

fn cursors_of_both_secrets_are_accepted(database: Database) {
    let secrets = [format!("1:{OLD_SECRET}"), format!("2:{NEW_SECRET},1:{OLD_SECRET}"), format!("2:{NEW_SECRET}")];
    let [old, both, new] = secrets.map(|secrets| App::start_with(database, &[("BETTER_AUTH_SECRETS", &secrets)]));
    let next_page = |app: &App, secret: &str| {
        for title in ["a", "b"] {
            let create = app.request("POST", "/api/alice/tasks").bearer(&token_of_secret(secret));
            create.json(&json!({ "title": title })).send().expect(201);
        }
        let page = app.request("GET", "/api/alice/tasks?limit=1").bearer(&token_of_secret(secret)).send();
        let link = page.header("link").expect("the list has a next page").to_owned();
        link.split(['<', '>']).nth(1).expect("the Link header has a target").to_owned()
    };
    let follow =
        |app: &App, path: &str, secret: &str| app.request("GET", path).bearer(&token_of_secret(secret)).send().status;
    let (old_page, both_page, new_page) =
        (next_page(&old, OLD_SECRET), next_page(&both, NEW_SECRET), next_page(&new, NEW_SECRET));
    assert_eq!([&old_page, &both_page, &new_page].map(|path| follow(&both, path, OLD_SECRET)), [200, 200, 200]);
    assert_eq!(
        [&old_page, &both_page, &new_page].map(|path| follow(&new, path, NEW_SECRET)),
        [422, 200, 200],
        "the first secret signs"
    );
    assert_eq!([&old_page, &both_page, &new_page].map(|path| follow(&old, path, OLD_SECRET)), [200, 422, 422]);
    // Session cookies of both secrets are accepted too.
    let token = both.sign_in("alice");
    for (secret, status) in [(OLD_SECRET, 200), (NEW_SECRET, 200), ("another secret of more than 32 bytes", 401)] {
        let value = signed_cookie_value(&token, &Secret::new(secret));
        let cookie = format!("better-auth.session_token={value}");
        assert_eq!(both.request("GET", "/api/alice/tasks").header("Cookie", &cookie).send().status, status);
    }
}
