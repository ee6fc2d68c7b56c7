//! SIGHUP: secrets and key sets are renewed while requests go on, and none of them fails for it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use task_api::auth::{Secret, signed_cookie_value};

use crate::on_both;
use crate::support::{App, BETTER_AUTH_URL, Database, Request, ed25519_jwk, eddsa, hs256};
use crate::support::{Service, task_api};

on_both!(
    renewal_drops_no_request,
    what_is_wrong_changes_nothing,
    withdrawn_keys_are_forgotten,
    cursors_go_on_under_both_secrets
);

const OLD: &str = "an old secret of more than 32 bytes now";
const NEW: &str = "a new secret of more than 32 bytes now";

/// A service whose secrets are in its file, and whose key set is in another.
struct Scene {
    service: Service,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(database: Database) -> Self {
        let (folder, url) = database.fresh();
        write_secrets(folder.path(), &format!("1:{OLD}"));
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
        ask(&self.service.request("GET", "/api/alice/tasks"), token)
    }

    /// Asks with this token until it is answered so.
    fn wait_until(&self, token: &str, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.list(token) != status {
            assert!(Instant::now() < deadline, "still not {status}");
            std::thread::yield_now();
        }
    }

    fn renew(&self, secrets: &str) {
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

fn ask(request: &Request, token: &str) -> u16 {
    request.clone().bearer(token).send().status
}

fn by(secret: &str) -> String {
    hs256(&json!({ "sub": "alice", "exp": 4_102_444_800_i64 }), secret)
}

fn by_key(kid: &str) -> String {
    eddsa(kid, &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }))
}

/// Says that it is over when it goes, also by a failed assertion: who waits for that would wait for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn renewal_drops_no_request(database: Database) {
    let scene = Scene::new(database);
    assert_eq!((scene.list(&by(OLD)), scene.list(&by(NEW)), scene.list(&by_key("ed"))), (200, 401, 200));
    let (is_over, signer, signed_by_new) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let request = scene.service.request("GET", "/api/alice/tasks");
    let stream = |next: &dyn Fn() -> u16| {
        let mut statuses = Vec::new();
        while !is_over.load(Ordering::SeqCst) {
            statuses.push(next());
        }
        statuses
    };
    let statuses = std::thread::scope(|scope| {
        let by_secret = scope.spawn(|| {
            stream(&|| {
                let signer = signer.load(Ordering::SeqCst);
                let status = ask(&request, &by([OLD, NEW][signer]));
                signed_by_new.fetch_add(signer, Ordering::SeqCst);
                status
            })
        });
        let by_public_key = scope.spawn(|| stream(&|| ask(&request, &by_key("ed"))));
        let over = Over(&is_over);
        // the new one is made known to all, before any of them signs with it; the old one goes when none does any more
        scene.renew(&format!("1:{OLD},2:{NEW}"));
        scene.wait_until(&by(NEW), 200);
        scene.renew(&format!("2:{NEW},1:{OLD}"));
        signer.store(1, Ordering::SeqCst);
        while signed_by_new.load(Ordering::SeqCst) == 0 {
            assert_eq!(scene.list(&by(OLD)), 200);
        }
        scene.renew(&format!("2:{NEW}"));
        scene.wait_until(&by(OLD), 401);
        drop(over);
        [by_secret, by_public_key].map(|stream| stream.join().unwrap())
    });
    for statuses in statuses {
        assert!(statuses.len() > 2 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }
    let (log, code) = scene.service.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.iter().any(|line| line.contains("SIGHUP: secrets reloaded (2 in use)")), "{log:?}");
    assert!(!log.iter().any(|line| line.contains("secret of more")), "{log:?}");
}

fn what_is_wrong_changes_nothing(database: Database) {
    let scene = Scene::new(database);
    let file = scene.folder.path().join(".env");
    for (settings, why) in [
        (
            "BETTER_AUTH_SECRETS=2hunter2".to_owned(),
            "BETTER_AUTH_SECRETS (part 1) must be a version number and a secret",
        ),
        (format!("BETTER_AUTH_SECRETS='1:{OLD},1:{NEW}'"), "BETTER_AUTH_SECRETS has a duplicate version"),
        (format!("BETTER_AUTH_SECRETS='1:{NEW}'\nMAX_LIST=none"), "MAX_LIST must be"),
        ("BETTER_AUTH_SECRET='hunter2".to_owned(), "an invalid line; each line must be NAME=value"),
        (String::new(), "BETTER_AUTH_SECRET "),
    ] {
        std::fs::write(&file, settings).unwrap();
        scene.service.signal("-HUP");
        let line = scene.service.line("SIGHUP: ");
        assert!(line.contains("ERROR") && line.contains("secrets not reloaded"), "{line}");
        assert!(line.contains(why) && !line.contains("hunter2"), "{line}");
        assert_eq!((scene.list(&by(OLD)), scene.list(&by(NEW)), scene.list(&by_key("ed"))), (200, 401, 200));
    }
    std::fs::write(scene.folder.path().join("jwks.json"), "no JSON").unwrap();
    scene.renew(&format!("1:{OLD}"));
    scene.service.line("key set fetch failed");
    assert_eq!(scene.list(&by_key("ed")), 200);
}

/// Also those whose tokens were verified a moment ago.
fn withdrawn_keys_are_forgotten(database: Database) {
    let scene = Scene::new(database);
    assert_eq!((scene.list(&by_key("ed")), scene.list(&by_key("ed"))), (200, 200));
    write_keys(scene.folder.path(), &["other", "third"]);
    scene.service.signal("-HUP");
    scene.wait_until(&by_key("ed"), 401);
    assert_eq!(scene.list(&by_key("other")), 200);
}

fn cursors_go_on_under_both_secrets(database: Database) {
    let secrets = [format!("1:{OLD}"), format!("2:{NEW},1:{OLD}"), format!("2:{NEW}")];
    let [old, both, new] = secrets.map(|secrets| App::start_with(database, &[("BETTER_AUTH_SECRETS", &secrets)]));
    let next = |app: &App, secret: &str| {
        for title in ["a", "b"] {
            let create = app.request("POST", "/api/alice/tasks").bearer(&by(secret));
            create.json(&json!({ "title": title })).send().expect(201);
        }
        let page = app.request("GET", "/api/alice/tasks?limit=1").bearer(&by(secret)).send();
        let link = page.header("link").expect("there is a next page").to_owned();
        link.split(['<', '>']).nth(1).expect("a target").to_owned()
    };
    let follow = |app: &App, path: &str, secret: &str| app.request("GET", path).bearer(&by(secret)).send().status;
    let (by_old, by_both, by_new) = (next(&old, OLD), next(&both, NEW), next(&new, NEW));
    assert_eq!([&by_old, &by_both, &by_new].map(|path| follow(&both, path, OLD)), [200, 200, 200]);
    assert_eq!([&by_old, &by_both, &by_new].map(|path| follow(&new, path, NEW)), [422, 200, 200], "the first signs");
    assert_eq!([&by_old, &by_both, &by_new].map(|path| follow(&old, path, OLD)), [200, 422, 422]);
    // sessions, too
    let token = both.sign_in("alice");
    for (secret, status) in [(OLD, 200), (NEW, 200), ("another secret of more than 32 bytes", 401)] {
        let value = signed_cookie_value(&token, &Secret::new(secret));
        let cookie = format!("better-auth.session_token={value}");
        assert_eq!(both.request("GET", "/api/alice/tasks").header("Cookie", &cookie).send().status, status);
    }
}
