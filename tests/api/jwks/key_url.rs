//! Public keys by URL: fetched, renewed, kept, and bounded in every direction; and what stands in for a front end that is away.

mod load;
pub mod server;
mod signer;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::on_both;
use crate::support::{App, Database};
use server::{KeyServer, Reply};
use signer::Signer;

on_both!(
    keys_by_url_open_the_api,
    a_rotation_in_flight_costs_no_request,
    a_key_that_cannot_be_looked_up_is_told_in_time,
    known_keys_outlive_their_server,
    a_redirect_is_followed_on_its_host_alone,
    too_much_is_not_read_to_the_end,
    a_silent_server_holds_up_nobody_else,
    what_is_no_key_set_decides_nothing,
    keys_without_kid_or_alg_are_used,
    a_key_that_comes_after_one_without_kid_is_found,
    many_unknown_keys_cause_few_fetches,
    the_front_end_comes_before_the_table,
    the_table_stands_in_for_a_front_end_that_is_away,
    a_front_end_without_keys_or_table_refuses_or_waits,
    nothing_stands_in_for_a_url_that_was_named,
    keys_of_a_front_end_outlive_it,
);

/// What a request with this token is answered.
#[track_caller]
fn ask(app: &App, token: &str) -> u16 {
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

/// A service beside a front end of this base URL, with a database that the front end has migrated, or not.
fn app_beside(database: Database, base_url: &str, keys_in_table: Option<&[&Signer]>) -> App {
    // the issuer of a signer is that of all other tests
    let app = App::start_with(database, &[("BETTER_AUTH_URL", base_url), ("JWT_ISSUER", "any")]);
    if let Some(keys) = keys_in_table {
        app.make_better_auth_tables();
        keys.iter().for_each(|key| app.execute(&key.row()));
    }
    app
}

/// Checks all of them at once: most of the time is spent waiting until the last attempt to fetch is 2 s ago.
fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        let check = &check;
        let threads: Vec<_> = cases.into_iter().map(|case| scope.spawn(move || check(case))).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("the case passes"));
    });
}

/// A base URL where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

fn keys_by_url_open_the_api(database: Database) {
    let (ed, es) = (Signer::new("ed"), Signer::es256("es"));
    let server = KeyServer::start(Reply::keys(&[ed.jwk(), es.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!((ask(&app, &ed.token()), ask(&app, &es.token())), (200, 200));
    app.request("GET", "/api/bob/tasks").bearer(&ed.token()).send().expect(403);
    assert_eq!(ask(&app, &Signer::new("ed").token()), 401, "another key of the same name");
    let by_name = app_with_url(database, &server.url().replace("127.0.0.1", "localhost"));
    assert_eq!(ask(&by_name, &ed.token()), 200);
}

fn a_rotation_in_flight_costs_no_request(database: Database) {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::start(Reply::keys(&[old.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(ask(&app, &old.token()), 200);
    let rotated = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !rotated.load(Ordering::SeqCst) {
                    assert_eq!(ask(&app, &old.token()), 200, "within its grace");
                }
            });
        }
        server.reply(Reply::keys(&[new.jwk(), old.jwk()]));
        let asking: Vec<_> = (0..16).map(|_| scope.spawn(|| ask(&app, &new.token()))).collect();
        let answers: Vec<u16> = asking.into_iter().map(|thread| thread.join().unwrap()).collect();
        rotated.store(true, Ordering::SeqCst);
        assert_eq!(answers, [200; 16]);
    });
    assert!(server.requests() <= 3, "{} fetches", server.requests());
    server.reply(Reply::keys(&[new.jwk()]));
    assert_eq!(ask(&app, &Signer::new("other").token()), 401);
    assert_eq!((ask(&app, &old.token()), ask(&app, &new.token())), (401, 200), "its grace is over");
}

/// Better Auth 1.2 makes a key for its first `/jwks` and shows it without its `kid`, and may sign with another one that it makes meanwhile.
fn a_key_that_comes_after_one_without_kid_is_found(database: Database) {
    let (first, second) = (Signer::new("first"), Signer::new("second"));
    let server = KeyServer::start(Reply::keys(&[first.jwk_without(&["kid"])]));
    let app = app_with_url(database, &server.url());
    assert_eq!(ask(&app, &first.token()), 200);
    server.reply(Reply::keys(&[first.jwk(), second.jwk()]));
    assert_eq!((ask(&app, &second.token()), ask(&app, &first.token())), (200, 200));
}

fn known_keys_outlive_their_server(database: Database) {
    let (known, later) = (Signer::new("known"), Signer::new("later"));
    let mut server = KeyServer::start(Reply::keys(&[known.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(ask(&app, &known.token()), 200);
    server.stop();
    assert_eq!((ask(&app, &later.token()), ask(&app, &known.token())), (503, 200));
    server.reply(Reply::keys(&[known.jwk(), later.jwk()]));
    server.resume();
    assert_eq!((ask(&app, &later.token()), ask(&app, &known.token())), (200, 200));
}

/// The answer comes although the key set's server never answers.
fn a_key_that_cannot_be_looked_up_is_told_in_time(database: Database) {
    let known = Signer::new("known");
    let mut stopped = KeyServer::start(Reply::keys(&[known.jwk()]));
    let silent = KeyServer::start(Reply::keys(&[known.jwk()]));
    let apps = [&stopped, &silent].map(|server| app_with_url(database, &server.url()));
    apps.iter().for_each(|app| assert_eq!(ask(app, &known.token()), 200));
    stopped.stop();
    silent.reply(Reply::Silence);
    at_once(&apps, |app| {
        assert_eq!(ask(app, &Signer::new("unknown").token()), 503);
        assert_eq!(ask(app, &known.token()), 200);
    });
}

fn a_redirect_is_followed_on_its_host_alone(database: Database) {
    let key = Signer::new("key");
    let (server, elsewhere) = (KeyServer::start(Reply::Silence), KeyServer::start(Reply::keys(&[key.jwk()])));
    let (keys, away) = (Reply::keys(&[key.jwk()]), Reply::redirect(&elsewhere.url()));
    let by_name = Reply::redirect(&server.url().replace("127.0.0.1", "localhost"));
    server.reply_by_path(Box::new(move |path| match path {
        "/here" => Reply::redirect("/there"),
        "/there" => keys.clone(),
        "/away" => away.clone(),
        "/indirectly-away" => Reply::redirect("/away"),
        "/by-name" => by_name.clone(),
        _ => Reply::redirect("/round-and-round"),
    }));
    let paths =
        [("/here", 200), ("/away", 503), ("/indirectly-away", 503), ("/by-name", 503), ("/round-and-round", 503)];
    at_once(paths, |(path, status)| {
        let app = app_with_url(database, &format!("{}{path}", server.base()));
        assert_eq!(ask(&app, &key.token()), status, "{path}");
    });
    assert_eq!(elsewhere.requests(), 0);
}

fn too_much_is_not_read_to_the_end(database: Database) {
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
        assert_eq!(ask(&app_with_url(database, &server.url()), &key.token()), status);
    }
}

fn a_silent_server_holds_up_nobody_else(database: Database) {
    let key = Signer::new("key");
    let server = KeyServer::start(Reply::Silence);
    let app = app_with_url(database, &server.url());
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(&app, &key.token()))).collect();
        let mut served = 0;
        while !waiting.iter().all(|thread| thread.is_finished()) {
            app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
            served += 1;
        }
        assert!(served > 1, "others were served all the while");
        assert!(waiting.into_iter().all(|thread| thread.join().unwrap() == 503));
    });
    server.reply(Reply::keys(&[key.jwk()]));
    assert_eq!(ask(&app, &key.token()), 200);
}

fn what_is_no_key_set_decides_nothing(database: Database) {
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
    at_once(replies.into_iter().enumerate(), |(number, reply)| {
        let server = KeyServer::start(reply);
        let app = app_with_url(database, &server.url());
        assert_eq!(ask(&app, &key.token()), 503, "reply {number}");
        app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
        server.reply(Reply::keys(&[key.jwk()]));
        assert_eq!(ask(&app, &key.token()), 200, "after reply {number}");
    });
}

fn keys_without_kid_or_alg_are_used(database: Database) {
    let (key, other) = (Signer::es256("key"), Signer::new("other"));
    let server = KeyServer::start(Reply::keys(&[key.jwk_without(&["kid", "alg"])]));
    let app = app_with_url(database, &server.url());
    assert_eq!((ask(&app, &key.token()), ask(&app, &key.token_without_kid())), (200, 200));
    assert_eq!(ask(&app, &other.token_without_kid()), 401, "the algorithm is the key's");
    // of two, nobody can tell which is meant
    server.reply(Reply::keys(&[key.jwk_without(&["kid"]), other.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!((ask(&app, &other.token()), ask(&app, &other.token_without_kid())), (200, 401));
}

fn many_unknown_keys_cause_few_fetches(database: Database) {
    let key = Signer::new("key");
    let server = KeyServer::start(Reply::keys(&[key.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(ask(&app, &key.token()), 200);
    at_once(0..60, |number| assert_eq!(ask(&app, &Signer::new(&format!("unknown {number}")).token()), 401));
    assert!(server.requests() < 10, "{} fetches for 60 tokens", server.requests());
}

fn the_front_end_comes_before_the_table(database: Database) {
    let (served, stored) = (Signer::new("served"), Signer::new("stored"));
    let server = KeyServer::start(Reply::keys(&[served.jwk()]));
    let app = app_beside(database, &server.base(), Some(&[&stored]));
    assert_eq!((ask(&app, &served.token()), ask(&app, &stored.token())), (200, 401));
}

fn the_table_stands_in_for_a_front_end_that_is_away(database: Database) {
    let (stored, later, other) = (Signer::new("stored"), Signer::new("later"), Signer::new("other"));
    let servers = [
        Reply::status("404 Not Found"),
        Reply::status("500 Internal Server Error"),
        Reply::body("200 OK", "Content-Type: text/html", "<!doctype html>"),
        Reply::Silence,
    ]
    .map(KeyServer::start);
    let silent = servers[3].base();
    at_once(servers.iter().map(KeyServer::base).chain([NOBODY.into()]), |base| {
        let app = app_beside(database, &base, Some(&[&stored]));
        assert_eq!(ask(&app, &stored.token()), 200, "{base}");
        if base == silent {
            return; // each look takes nearly as long as a request waits
        }
        assert_eq!(ask(&app, &other.token()), 401, "{base}");
        app.execute(&later.row());
        assert_eq!((ask(&app, &later.token()), ask(&app, &stored.token())), (200, 200), "{base}");
    });
}

fn a_front_end_without_keys_or_table_refuses_or_waits(database: Database) {
    let key = Signer::new("key");
    // no jwt plugin: nobody can have signed this
    let server = KeyServer::start(Reply::status("404 Not Found"));
    let app = app_beside(database, &server.base(), None);
    assert_eq!(ask(&app, &key.token()), 401);
    app.by("alice", "GET", "/api/alice/tasks").send().expect(200);
    server.reply(Reply::keys(&[key.jwk()]));
    assert_eq!(ask(&app, &key.token()), 200, "the plugin was added");
    // no answer, or none that tells
    let server = KeyServer::start(Reply::status("502 Bad Gateway"));
    at_once([server.base(), NOBODY.into()], |base| {
        let app = app_beside(database, &base, None);
        assert_eq!(ask(&app, &key.token()), 503);
        app.make_better_auth_tables();
        assert_eq!(ask(&app, &key.token()), 401, "a table without keys tells, too");
    });
}

fn nothing_stands_in_for_a_url_that_was_named(database: Database) {
    let stored = Signer::new("stored");
    let server = KeyServer::start(Reply::status("404 Not Found"));
    at_once([server.url(), NOBODY.into()], |url| {
        let app = app_with_url(database, &url);
        app.make_better_auth_tables();
        app.execute(&stored.row());
        assert_eq!(ask(&app, &stored.token()), 503, "{url}");
    });
}

fn keys_of_a_front_end_outlive_it(database: Database) {
    let (served, stored) = (Signer::new("served"), Signer::new("stored"));
    // while it is deployed, and after
    at_once([None, Some([].as_slice())], |table| {
        let mut server = KeyServer::start(Reply::keys(&[served.jwk()]));
        let app = app_beside(database, &server.base(), table);
        assert_eq!(ask(&app, &served.token()), 200);
        server.reply(Reply::status("404 Not Found"));
        assert_eq!((ask(&app, &stored.token()), ask(&app, &served.token())), (503, 200));
        server.stop();
        assert_eq!((ask(&app, &stored.token()), ask(&app, &served.token())), (503, 200));
    });
    // what it made before it went, and nobody fetched, is in the table
    let mut server = KeyServer::start(Reply::keys(&[served.jwk()]));
    let app = app_beside(database, &server.base(), Some(&[&served]));
    assert_eq!(ask(&app, &served.token()), 200);
    server.stop();
    app.execute(&stored.row());
    assert_eq!((ask(&app, &stored.token()), ask(&app, &served.token())), (200, 200));
}
