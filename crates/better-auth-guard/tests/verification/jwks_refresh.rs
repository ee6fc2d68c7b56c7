//! Tests the refresh of a key set: rotation, staleness and unavailable sources.
//!
//! The clock is paused. Tokio advances it while every task waits, so no test waits for an interval.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use better_auth_guard::{
    CredentialError, CredentialErrorReason, CredentialKind, Guard, InvalidCredential, Jwks, JwksSource, KeyOrigin,
    KeySet, LoadedKeys, RequestHead, Secret,
};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::support::{BETTER_AUTH_URL, SECRET, ed25519_jwk, eddsa};

/// A source whose keys the test replaces. `Err` means that it is unreachable.
#[derive(Clone, Default)]
struct TestSource {
    keys: Arc<Mutex<Option<Vec<Value>>>>,
    loads: Arc<AtomicUsize>,
}

impl TestSource {
    fn publish(&self, kids: &[&str]) {
        *self.keys.lock().unwrap() = Some(kids.iter().map(|kid| ed25519_jwk(kid)).collect());
    }

    fn fail(&self) {
        *self.keys.lock().unwrap() = None;
    }
}

impl JwksSource for TestSource {
    async fn load(&self, _: Option<KeyOrigin>) -> Result<LoadedKeys, String> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        // another task may run while a source loads
        tokio::task::yield_now().await;
        let keys = self.keys.lock().unwrap();
        let keys = keys.as_ref().ok_or("the source is unreachable")?;
        Ok(LoadedKeys::new(KeyOrigin::Other, KeySet::from_jwks(keys)))
    }
}

fn start(source: &TestSource) -> Guard {
    let guard = Guard::builder().secrets([Secret::new(SECRET)]).base_url(BETTER_AUTH_URL);
    guard.jwks(Jwks::new(source.clone())).build().expect("the settings are valid")
}

/// Authenticates a request with a token of this key.
async fn authenticate(guard: &Guard, kid: &str) -> Result<(), CredentialError> {
    // a real clock advances between a refresh and a request
    tokio::time::advance(Duration::from_millis(1)).await;
    let token = eddsa(kid, &json!({ "sub": "alice", "exp": 4_102_444_800_i64 }));
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let authenticated = guard.authenticate(RequestHead::new(&Method::GET, &headers)).await?;
    assert_eq!(authenticated.user_id(), "alice");
    Ok(())
}

fn unknown_key() -> Result<(), CredentialError> {
    let (kind, reason) = (CredentialKind::Jwt, CredentialErrorReason::UnknownKey);
    Err(CredentialError::Invalid(InvalidCredential { kind, reason }))
}

fn is_unavailable(outcome: &Result<(), CredentialError>) -> bool {
    matches!(outcome, Err(CredentialError::Unavailable(_)))
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_refreshes_the_key_set() {
    let source = TestSource::default();
    source.publish(&["a", "other"]);
    let guard = start(&source);
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
    source.publish(&["b", "other"]);
    assert_eq!(authenticate(&guard, "a").await, Ok(()), "known keys are used until the next refresh");
    assert_eq!(authenticate(&guard, "b").await, Ok(()));
    assert_eq!(authenticate(&guard, "a").await, unknown_key(), "withdrawn");
    let stats = guard.keys().stats();
    assert_eq!((stats.keys, stats.failed), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn the_periodic_refresh_removes_withdrawn_keys() {
    let source = TestSource::default();
    source.publish(&["a", "other"]);
    let guard = start(&source);
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
    let fetched = guard.keys().stats().fetched;
    source.publish(&["b", "other"]);
    tokio::time::advance(Duration::from_secs(300)).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(guard.keys().stats().fetched, fetched + 1);
    assert_eq!(authenticate(&guard, "a").await, unknown_key());
}

#[tokio::test(start_paused = true)]
async fn keys_are_used_for_a_day_while_their_source_is_unreachable() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let source = TestSource::default();
    source.publish(&["a", "other"]);
    let guard = start(&source);
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
    source.fail();
    let age = guard.keys().stats().age.expect("there are keys");
    tokio::time::advance(DAY - age - Duration::from_secs(1)).await;
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
    assert!(is_unavailable(&authenticate(&guard, "b").await), "another key may have been published");
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(is_unavailable(&authenticate(&guard, "a").await), "older than a day");
    assert_eq!(guard.keys().stats().keys, 0);
    source.publish(&["a", "other"]);
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn many_unknown_keys_cause_few_fetches() {
    let source = TestSource::default();
    source.publish(&["a", "other"]);
    let guard = start(&source);
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
    let requests: Vec<_> = (0..50)
        .map(|number| {
            let guard = guard.clone();
            tokio::spawn(async move { authenticate(&guard, &format!("unknown {number}")).await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), unknown_key());
    }
    assert!(source.loads.load(Ordering::SeqCst) <= 3, "{:?}", source.loads);
}

/// A request that the client abandons does not stop the refresh.
#[tokio::test(start_paused = true)]
async fn an_abandoned_request_does_not_cancel_the_refresh() {
    let source = TestSource::default();
    source.publish(&["a", "other"]);
    let guard = start(&source);
    assert_eq!(authenticate(&guard, "a").await, Ok(()));
    source.publish(&["b", "other"]);
    let abandoned = tokio::time::timeout(Duration::from_millis(1), authenticate(&guard, "b")).await;
    assert!(abandoned.is_err(), "the refresh waits for the minimum interval");
    assert_eq!(authenticate(&guard, "b").await, Ok(()));
}
