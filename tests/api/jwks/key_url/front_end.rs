//! Tests the keys of the front end at `BETTER_AUTH_URL`, and the table `jwks` as its fallback.

use super::server::{KeyServer, Reply};
use super::signer::Signer;
use super::{app_with_url, list_status, run_in_parallel};
use crate::on_both;
use crate::support::{App, Database};

on_both!(
    front_end_keys_take_precedence_over_the_table,
    the_table_is_the_fallback_of_the_front_end,
    without_front_end_keys_and_table_requests_get_401_or_503,
    a_configured_url_has_no_fallback,
    front_end_keys_are_kept_while_it_is_down,
);

/// Starts a service with a front end at this base URL. Creates Better Auth's tables with these keys, if given.
fn app_with_front_end(database: Database, base_url: &str, keys_in_table: Option<&[&Signer]>) -> App {
    // A signer has the issuer of all other tests, not this front end.
    let app = App::start_with(database, &[("BETTER_AUTH_URL", base_url), ("JWT_ISSUER", "any")]);
    if let Some(keys) = keys_in_table {
        app.make_better_auth_tables();
        keys.iter().for_each(|key| app.execute(&key.insert_statement()));
    }
    app
}

/// A base URL without a listener: no process can listen on port 0.
const UNREACHABLE_URL: &str = "http://127.0.0.1:0";

fn front_end_keys_take_precedence_over_the_table(database: Database) {
    let (served, stored) = (Signer::new("served"), Signer::new("stored"));
    let server = KeyServer::start(Reply::keys(&[served.jwk()]));
    let app = app_with_front_end(database, &server.base(), Some(&[&stored]));
    assert_eq!((list_status(&app, &served.token()), list_status(&app, &stored.token())), (200, 401));
}

fn the_table_is_the_fallback_of_the_front_end(database: Database) {
    let (stored, added, other) = (Signer::new("stored"), Signer::new("later"), Signer::new("other"));
    let servers = [
        Reply::status("404 Not Found"),
        Reply::status("500 Internal Server Error"),
        Reply::body("200 OK", "Content-Type: text/html", "<!doctype html>"),
        Reply::Silence,
    ]
    .map(KeyServer::start);
    let silent = servers[3].base();
    run_in_parallel(servers.iter().map(KeyServer::base).chain([UNREACHABLE_URL.into()]), |base| {
        let app = app_with_front_end(database, &base, Some(&[&stored]));
        assert_eq!(list_status(&app, &stored.token()), 200, "{base}");
        if base == silent {
            return; // Each fetch takes nearly as long as the timeout of a request.
        }
        assert_eq!(list_status(&app, &other.token()), 401, "{base}");
        app.execute(&added.insert_statement());
        assert_eq!((list_status(&app, &added.token()), list_status(&app, &stored.token())), (200, 200), "{base}");
    });
}

fn without_front_end_keys_and_table_requests_get_401_or_503(database: Database) {
    let key = Signer::new("key");
    // Without the jwt plugin, no token can be valid.
    let server = KeyServer::start(Reply::status("404 Not Found"));
    let app = app_with_front_end(database, &server.base(), None);
    assert_eq!(list_status(&app, &key.token()), 401);
    app.request_as("alice", "GET", "/api/alice/tasks").send().expect(200);
    server.reply(Reply::keys(&[key.jwk()]));
    assert_eq!(list_status(&app, &key.token()), 200, "the plugin was added");
    // An error or no response is an outage.
    let server = KeyServer::start(Reply::status("502 Bad Gateway"));
    run_in_parallel([server.base(), UNREACHABLE_URL.into()], |base| {
        let app = app_with_front_end(database, &base, None);
        assert_eq!(list_status(&app, &key.token()), 503);
        app.make_better_auth_tables();
        assert_eq!(list_status(&app, &key.token()), 401, "an empty table is a complete key set");
    });
}

fn a_configured_url_has_no_fallback(database: Database) {
    let stored = Signer::new("stored");
    let server = KeyServer::start(Reply::status("404 Not Found"));
    run_in_parallel([server.url(), UNREACHABLE_URL.into()], |url| {
        let app = app_with_url(database, &url);
        app.make_better_auth_tables();
        app.execute(&stored.insert_statement());
        assert_eq!(list_status(&app, &stored.token()), 503, "{url}");
    });
}

fn front_end_keys_are_kept_while_it_is_down(database: Database) {
    let (served, stored) = (Signer::new("served"), Signer::new("stored"));
    // The front end responds with 404 during a deployment. Then it is down.
    run_in_parallel([None, Some([].as_slice())], |table| {
        let mut server = KeyServer::start(Reply::keys(&[served.jwk()]));
        let app = app_with_front_end(database, &server.base(), table);
        assert_eq!(list_status(&app, &served.token()), 200);
        server.reply(Reply::status("404 Not Found"));
        assert_eq!((list_status(&app, &stored.token()), list_status(&app, &served.token())), (503, 200));
        server.stop();
        assert_eq!((list_status(&app, &stored.token()), list_status(&app, &served.token())), (503, 200));
    });
    // The table has the key that the front end created but the service did not fetch.
    let mut server = KeyServer::start(Reply::keys(&[served.jwk()]));
    let app = app_with_front_end(database, &server.base(), Some(&[&served]));
    assert_eq!(list_status(&app, &served.token()), 200);
    server.stop();
    app.execute(&stored.insert_statement());
    assert_eq!((list_status(&app, &stored.token()), list_status(&app, &served.token())), (200, 200));
}
