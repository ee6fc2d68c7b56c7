//! Tests the sources of key sets: a URL, a file, and Better Auth's table as the fallback.

use std::sync::Mutex;

use better_auth_guard::{BetterAuthJwks, Jwks, JwksTable, JwksUrl, KeyOrigin, LoadedKeys, MAX_KEY_SET_BYTES};
use serde_json::{Value, json};
use url::Url;

use crate::support::ed25519_jwk;
use crate::support::server::{KeyServer, Reply};

async fn load(url: &str) -> Result<LoadedKeys, String> {
    Jwks::url(url.parse().expect("a URL")).load(None).await
}

fn json_body(body: &str) -> Reply {
    Reply::body("200 OK", "Content-Type: application/json", body)
}

/// Returns the cause of a failed load of this response.
async fn failure(reply: Reply) -> String {
    let server = KeyServer::start(reply);
    let cause = load(&format!("{}?token=hunter2", server.url())).await.err().expect("the response is no key set");
    assert!(!cause.contains("hunter2"), "{cause}");
    assert!(cause.starts_with(&server.url()), "{cause}");
    cause
}

#[tokio::test]
async fn the_key_set_at_a_url_is_loaded() {
    let server = KeyServer::start(Reply::keys(&[ed25519_jwk("a"), json!({ "kty": "oct", "kid": "b" })]));
    let loaded = load(&server.url()).await.unwrap();
    assert_eq!((loaded.keys.len(), loaded.rejected.len(), loaded.origin), (1, 1, KeyOrigin::Url));
    let head = server.last_head().to_lowercase();
    assert!(head.contains("accept: application/json") && head.contains("user-agent: better-auth-guard/"), "{head}");
    assert!(!head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_origin_only() {
    let server = KeyServer::start(Reply::status("404 Not Found"));
    server.reply_by_path(Box::new(|path| match path {
        "/api/auth/jwks" => Reply::redirect("/moved"),
        "/moved" => Reply::keys(&[ed25519_jwk("a")]),
        _ => Reply::redirect("/loop"),
    }));
    assert_eq!(load(&server.url()).await.unwrap().keys.len(), 1);
    assert!(load(&format!("{}/loop", server.base())).await.is_err());

    let other = KeyServer::start(Reply::keys(&[ed25519_jwk("forged")]));
    let port = Url::parse(&other.base()).unwrap().port().unwrap();
    let targets = [other.url(), format!("http://localhost:{port}/"), format!("//127.0.0.1:{port}/")];
    for target in targets {
        let cause = failure(Reply::redirect(&target)).await;
        assert!(cause.contains("302"), "{cause}");
    }
    assert_eq!(other.requests(), 0);
}

#[tokio::test]
async fn responses_without_a_key_set_are_failures() {
    let large = format!(r#"{{"keys":[],"pad":"{}"}}"#, "x".repeat(MAX_KEY_SET_BYTES));
    let keys = r#"{"keys":[]}"#;
    let table = [
        (Reply::status("404 Not Found"), "responded with 404"),
        (Reply::status("500 Internal Server Error"), "responded with 500"),
        (Reply::body("503 Service Unavailable", "Retry-After: 1", keys), "responded with 503"),
        (Reply::body("206 Partial Content", "Content-Range: bytes 0-10/11", keys), "responded with 206"),
        (json_body(""), "not valid JSON"),
        (json_body("<html>"), "not valid JSON"),
        (json_body(r#"{"keys":[],"keys":[]}"#), "not valid JSON"),
        (json_body("{}"), "no list named"),
        (json_body(r#"{"keys":{}}"#), "no list named"),
        (json_body(&large), "larger than 256 KiB"),
        (Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n{".to_vec()), "larger than 256 KiB"),
        (Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"keys\":[]}".to_vec()), ""),
        (Reply::Bytes(b"SSH-2.0\r\n".to_vec()), ""),
    ];
    for (reply, expected) in table {
        let cause = failure(reply).await;
        assert!(cause.contains(expected), "{expected}: {cause}");
    }
    // an empty set is a key set
    let server = KeyServer::start(json_body(keys));
    assert!(load(&server.url()).await.unwrap().keys.is_empty());
}

#[tokio::test]
async fn an_unreachable_server_is_a_failure() {
    let mut server = KeyServer::start(Reply::keys(&[ed25519_jwk("a")]));
    server.stop();
    assert!(load(&server.url()).await.is_err());
    server.resume();
    assert_eq!(load(&server.url()).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn the_key_set_of_a_file_is_loaded_again() {
    let file = std::env::temp_dir().join(format!("better-auth-guard-{}.json", std::process::id()));
    let jwks = Jwks::file(&file);
    assert!(jwks.load(None).await.is_err(), "the file is missing");
    for kids in [vec!["a"], vec!["b", "c"]] {
        let keys: Vec<Value> = kids.iter().map(|kid| ed25519_jwk(kid)).collect();
        std::fs::write(&file, json!({ "keys": keys }).to_string()).unwrap();
        let loaded = jwks.load(None).await.unwrap();
        assert_eq!((loaded.keys.len(), loaded.origin), (kids.len(), KeyOrigin::File));
    }
    std::fs::write(&file, "{").unwrap();
    assert!(jwks.load(None).await.is_err(), "invalid JSON");
    std::fs::remove_file(&file).unwrap();
}

/// A table in memory. `Err` means that the database is unreachable, `Ok(None)` that the table is missing.
struct TestTable(Mutex<Result<Option<Vec<Value>>, String>>);

impl JwksTable for TestTable {
    async fn load(&self) -> Result<Option<Vec<Value>>, String> {
        self.0.lock().unwrap().clone()
    }
}

/// Neither a missing table nor an empty one replaces keys of the front end that are in use.
#[tokio::test]
async fn the_table_is_the_fallback_of_the_front_end() {
    let one_key = || Ok(Some(vec![ed25519_jwk("in-the-table")]));
    let published = || Reply::keys(&[ed25519_jwk("a"), ed25519_jwk("b")]);
    let (not_found, failed) = (|| Reply::status("404 Not Found"), || Reply::status("500 Internal Server Error"));
    let (url, table, none) = (Some(KeyOrigin::Url), Some(KeyOrigin::Table), Some(KeyOrigin::NotPublished));
    let unreachable = || Err("the database is unreachable".to_owned());
    let cases = [
        (published(), one_key(), None, url, 2),
        (published(), unreachable(), None, url, 2),
        (not_found(), one_key(), None, table, 1),
        (failed(), one_key(), url, table, 1),
        (failed(), Ok(Some(vec![])), None, table, 0),
        (failed(), Ok(Some(vec![])), url, None, 0),
        (not_found(), Ok(None), None, none, 0),
        (not_found(), Ok(None), url, None, 0),
        (failed(), Ok(None), None, None, 0),
        (not_found(), unreachable(), None, None, 0),
    ];
    for (number, (reply, rows, previous, origin, count)) in cases.into_iter().enumerate() {
        let server = KeyServer::start(reply);
        let url = Some(JwksUrl::new(server.url().parse().unwrap()));
        let jwks = Jwks::new(BetterAuthJwks { url, table: TestTable(Mutex::new(rows)) });
        let loaded = jwks.load(previous).await.ok();
        let (loaded_origin, loaded_count) =
            (loaded.as_ref().map(|loaded| loaded.origin), loaded.map_or(0, |loaded| loaded.keys.len()));
        assert_eq!((loaded_origin, loaded_count), (origin, count), "case {number}");
    }
}
