//! Tests public keys from a URL: fetch, refresh, caching and limits.
//!
//! [`front_end`] tests the default URL of the front end and its fallback, the table.

mod front_end;
mod load;
#[path = "../../../crates/better-auth-guard/tests/verification/support/server.rs"]
pub mod server;
pub mod signer;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::on_both;
use crate::support::{App, Database};
use server::{KeyServer, Reply};
use signer::Signer;

on_both!(
    keys_of_a_url_are_accepted,
    a_key_rotation_fails_no_request,
    an_unknown_key_is_reported_within_the_timeout,
    known_keys_are_kept_while_the_server_is_down,
    redirects_to_another_host_are_not_followed,
    oversized_responses_are_rejected,
    a_silent_key_server_delays_no_other_request,
    an_invalid_key_set_response_is_an_outage,
    keys_without_kid_or_alg_are_used,
    a_key_added_after_one_without_kid_is_found,
    many_unknown_keys_cause_few_fetches,
);

/// Lists the tasks of alice with this token and returns the status. Checks the headers of a 503.
#[track_caller]
fn list_status(app: &App, token: &str) -> u16 {
    let answer = app.request("GET", "/api/alice/tasks").bearer(token).send();
    answer.expect(answer.status);
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some() && answer.header("www-authenticate").is_none(), "{answer:?}");
    }
    answer.status
}

fn app_with_url(database: Database, url: &str) -> App {
    App::start_with(database, &[("JWKS_URL", url)])
}

/// Runs the check for all cases in parallel.
///
/// Most of the time is spent waiting for the interval of 2 s between two fetches.
fn run_in_parallel<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        let check = &check;
        let threads: Vec<_> = cases.into_iter().map(|case| scope.spawn(move || check(case))).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("the case passes"));
    });
}

fn keys_of_a_url_are_accepted(database: Database) {
    let (ed25519, es256) = (Signer::new("ed"), Signer::es256("es"));
    let server = KeyServer::start(Reply::keys(&[ed25519.jwk(), es256.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!((list_status(&app, &ed25519.token()), list_status(&app, &es256.token())), (200, 200));
    app.request("GET", "/api/bob/tasks").bearer(&ed25519.token()).send().expect(403);
    assert_eq!(list_status(&app, &Signer::new("ed").token()), 401, "another key with the same kid");
    let by_name = app_with_url(database, &server.url().replace("127.0.0.1", "localhost"));
    assert_eq!(list_status(&by_name, &ed25519.token()), 200);
}

fn a_key_rotation_fails_no_request(database: Database) {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::start(Reply::keys(&[old.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(list_status(&app, &old.token()), 200);
    let rotated = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !rotated.load(Ordering::SeqCst) {
                    assert_eq!(list_status(&app, &old.token()), 200, "within the grace period");
                }
            });
        }
        server.reply(Reply::keys(&[new.jwk(), old.jwk()]));
        let clients: Vec<_> = (0..16).map(|_| scope.spawn(|| list_status(&app, &new.token()))).collect();
        let statuses: Vec<u16> = clients.into_iter().map(|thread| thread.join().unwrap()).collect();
        rotated.store(true, Ordering::SeqCst);
        assert_eq!(statuses, [200; 16]);
    });
    assert!(server.requests() <= 3, "{} fetches", server.requests());
    server.reply(Reply::keys(&[new.jwk()]));
    assert_eq!(list_status(&app, &Signer::new("other").token()), 401);
    assert_eq!(
        (list_status(&app, &old.token()), list_status(&app, &new.token())),
        (401, 200),
        "the grace period is over"
    );
}

/// Better Auth 1.2 creates a key for the first request of `/jwks` and publishes it without `kid`.
/// It can sign with another key that it creates meanwhile.
fn a_key_added_after_one_without_kid_is_found(database: Database) {
    let (first, second) = (Signer::new("first"), Signer::new("second"));
    let server = KeyServer::start(Reply::keys(&[first.jwk_without(&["kid"])]));
    let app = app_with_url(database, &server.url());
    assert_eq!(list_status(&app, &first.token()), 200);
    server.reply(Reply::keys(&[first.jwk(), second.jwk()]));
    assert_eq!((list_status(&app, &second.token()), list_status(&app, &first.token())), (200, 200));
}

fn known_keys_are_kept_while_the_server_is_down(database: Database) {
    let (known, added) = (Signer::new("known"), Signer::new("later"));
    let mut server = KeyServer::start(Reply::keys(&[known.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(list_status(&app, &known.token()), 200);
    server.stop();
    assert_eq!((list_status(&app, &added.token()), list_status(&app, &known.token())), (503, 200));
    server.reply(Reply::keys(&[known.jwk(), added.jwk()]));
    server.resume();
    assert_eq!((list_status(&app, &added.token()), list_status(&app, &known.token())), (200, 200));
}

/// The service responds although the key server never does.
fn an_unknown_key_is_reported_within_the_timeout(database: Database) {
    let known = Signer::new("known");
    let mut stopped = KeyServer::start(Reply::keys(&[known.jwk()]));
    let silent = KeyServer::start(Reply::keys(&[known.jwk()]));
    let apps = [&stopped, &silent].map(|server| app_with_url(database, &server.url()));
    apps.iter().for_each(|app| assert_eq!(list_status(app, &known.token()), 200));
    stopped.stop();
    silent.reply(Reply::Silence);
    run_in_parallel(&apps, |app| {
        assert_eq!(list_status(app, &Signer::new("unknown").token()), 503);
        assert_eq!(list_status(app, &known.token()), 200);
    });
}

fn redirects_to_another_host_are_not_followed(database: Database) {
    let key = Signer::new("key");
    let (server, other_host) = (KeyServer::start(Reply::Silence), KeyServer::start(Reply::keys(&[key.jwk()])));
    let (keys, to_other_host) = (Reply::keys(&[key.jwk()]), Reply::redirect(&other_host.url()));
    let by_name = Reply::redirect(&server.url().replace("127.0.0.1", "localhost"));
    server.reply_by_path(Box::new(move |path| match path {
        "/here" => Reply::redirect("/there"),
        "/there" => keys.clone(),
        "/away" => to_other_host.clone(),
        "/indirectly-away" => Reply::redirect("/away"),
        "/by-name" => by_name.clone(),
        _ => Reply::redirect("/round-and-round"),
    }));
    let paths =
        [("/here", 200), ("/away", 503), ("/indirectly-away", 503), ("/by-name", 503), ("/round-and-round", 503)];
    run_in_parallel(paths, |(path, status)| {
        let app = app_with_url(database, &format!("{}{path}", server.base()));
        assert_eq!(list_status(&app, &key.token()), status, "{path}");
    });
    assert_eq!(other_host.requests(), 0);
}

fn oversized_responses_are_rejected(database: Database) {
    let key = Signer::new("key");
    let set = serde_json::json!({ "keys": [key.jwk()] }).to_string();
    let set = |bytes: usize| set.clone() + &" ".repeat(bytes - set.len());
    let (limit, json) = (256 * 1024, "Content-Type: application/json");
    let without_end = |head: &str| Reply::Endless(format!("HTTP/1.1 200 OK\r\n{head}\r\n{}", set(1024)).into_bytes());
    for (reply, status) in [
        (Reply::body("200 OK", json, &set(limit)), 200),
        (Reply::body("200 OK", json, &set(limit + 1)), 503),
        (without_end(""), 503),
        (without_end("Content-Length: 4294967296\r\n"), 503),
        (Reply::Endless(b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec()), 503),
    ] {
        let server = KeyServer::start(reply);
        assert_eq!(list_status(&app_with_url(database, &server.url()), &key.token()), status);
    }
}

fn a_silent_key_server_delays_no_other_request(database: Database) {
    let key = Signer::new("key");
    let server = KeyServer::start(Reply::Silence);
    let app = app_with_url(database, &server.url());
    std::thread::scope(|scope| {
        let blocked: Vec<_> = (0..8).map(|_| scope.spawn(|| list_status(&app, &key.token()))).collect();
        let mut served = 0;
        while !blocked.iter().all(|thread| thread.is_finished()) {
            app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
            served += 1;
        }
        assert!(served > 1, "other requests were served meanwhile");
        assert!(blocked.into_iter().all(|thread| thread.join().unwrap() == 503));
    });
    server.reply(Reply::keys(&[key.jwk()]));
    assert_eq!(list_status(&app, &key.token()), 200);
}

fn an_invalid_key_set_response_is_an_outage(database: Database) {
    let key = Signer::new("key");
    let html = "Content-Type: text/html";
    let set = serde_json::json!({ "keys": [key.jwk()] }).to_string();
    let replies = [
        Reply::body("200 OK", html, "<!doctype html><title>Sign in</title>"),
        Reply::body("200 OK", html, &set[..set.len() - 1]),
        Reply::body("200 OK", html, r#"{"keys":{}}"#),
        Reply::body("200 OK", html, &format!("[{}]", key.jwk())),
        Reply::body("404 Not Found", html, &set),
        Reply::body("500 Internal Server Error", html, &set),
        Reply::status("204 No Content"),
        Reply::Bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{set}", set.len() + 1).into_bytes()),
        Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        Reply::Bytes(Vec::new()),
    ];
    run_in_parallel(replies.into_iter().enumerate(), |(number, reply)| {
        let server = KeyServer::start(reply);
        let app = app_with_url(database, &server.url());
        assert_eq!(list_status(&app, &key.token()), 503, "reply {number}");
        app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
        server.reply(Reply::keys(&[key.jwk()]));
        assert_eq!(list_status(&app, &key.token()), 200, "after reply {number}");
    });
}

fn keys_without_kid_or_alg_are_used(database: Database) {
    let (key, other) = (Signer::es256("key"), Signer::new("other"));
    let server = KeyServer::start(Reply::keys(&[key.jwk_without(&["kid", "alg"])]));
    let app = app_with_url(database, &server.url());
    assert_eq!((list_status(&app, &key.token()), list_status(&app, &key.token_without_kid())), (200, 200));
    assert_eq!(list_status(&app, &other.token_without_kid()), 401, "the key determines the algorithm");
    // With two keys, a token without `kid` is ambiguous.
    server.reply(Reply::keys(&[key.jwk_without(&["kid"]), other.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!((list_status(&app, &other.token()), list_status(&app, &other.token_without_kid())), (200, 401));
}

fn many_unknown_keys_cause_few_fetches(database: Database) {
    let key = Signer::new("key");
    let server = KeyServer::start(Reply::keys(&[key.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(list_status(&app, &key.token()), 200);
    run_in_parallel(0..60, |number| {
        assert_eq!(list_status(&app, &Signer::new(&format!("unknown {number}")).token()), 401)
    });
    assert!(server.requests() < 10, "{} fetches for 60 tokens", server.requests());
}
