//! Tests a key rotation at a constant request rate, with Better Auth's `rotationInterval` and `gracePeriod`.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::server::{KeyServer, Reply};
use super::signer::Signer;
use super::{app_with_url, list_status};
use crate::on_both;
use crate::support::Database;

on_both!(a_rotation_under_load_rejects_no_token);

/// 200 requests per second, for four seconds.
const REQUEST_INTERVAL: Duration = Duration::from_millis(5);
const REQUESTS: u32 = 800;
/// Number of clients. A request that waits for the new key set delays no other.
const CLIENTS: usize = 16;

fn a_rotation_under_load_rejects_no_token(database: Database) {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::start(Reply::keys(&[old.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(list_status(&app, &old.token()), 200);
    let (rotated, next_number, new_key_requests, start) =
        (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0), Instant::now());
    let client = || {
        loop {
            let number = next_number.fetch_add(1, Ordering::SeqCst);
            if number >= REQUESTS {
                return;
            }
            std::thread::sleep((REQUEST_INTERVAL * number).saturating_sub(start.elapsed()));
            if number == REQUESTS / 4 {
                server.reply(Reply::keys(&[new.jwk(), old.jwk()]));
                rotated.store(true, Ordering::SeqCst);
            }
            // After the rotation, clients still send tokens of the old key.
            let is_new = rotated.load(Ordering::SeqCst) && number.is_multiple_of(2);
            new_key_requests.fetch_add(is_new.into(), Ordering::SeqCst);
            let key = if is_new { &new } else { &old };
            assert_eq!(list_status(&app, &key.token()), 200, "request {number}, signed by the new key: {is_new}");
        }
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().for_each(|client| client.join().expect("every response is 200"));
    });
    assert!(new_key_requests.load(Ordering::SeqCst) >= REQUESTS / 4, "{new_key_requests:?} by the new key");
    assert!(server.requests() <= 3, "{} fetches", server.requests());
    // The grace period is over. An unknown key starts a fetch.
    server.reply(Reply::keys(&[new.jwk()]));
    assert_eq!(list_status(&app, &Signer::new("other").token()), 401);
    assert_eq!((list_status(&app, &old.token()), list_status(&app, &new.token())), (401, 200));
}
