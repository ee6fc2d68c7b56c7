//! A rotation at the front end while requests keep coming at their own pace, as Better Auth's `rotationInterval` and `gracePeriod` make it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::server::{KeyServer, Reply};
use super::signer::Signer;
use super::{app_with_url, ask};
use crate::on_both;
use crate::support::Database;

on_both!(a_rotation_under_load_refuses_nobody);

/// 200 requests per second, for four seconds.
const PACE: Duration = Duration::from_millis(5);
const REQUESTS: u32 = 800;
/// Enough that a request which waits for the new key set holds up no other.
const CLIENTS: usize = 16;

fn a_rotation_under_load_refuses_nobody(database: Database) {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::start(Reply::keys(&[old.jwk()]));
    let app = app_with_url(database, &server.url());
    assert_eq!(ask(&app, &old.token()), 200);
    let (rotated, next, by_new, start) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0), Instant::now());
    let client = || {
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= REQUESTS {
                return;
            }
            std::thread::sleep((PACE * number).saturating_sub(start.elapsed()));
            if number == REQUESTS / 4 {
                server.reply(Reply::keys(&[new.jwk(), old.jwk()]));
                rotated.store(true, Ordering::SeqCst);
            }
            // tokens of before the rotation are still under way
            let is_new = rotated.load(Ordering::SeqCst) && number.is_multiple_of(2);
            by_new.fetch_add(is_new.into(), Ordering::SeqCst);
            let key = if is_new { &new } else { &old };
            assert_eq!(ask(&app, &key.token()), 200, "request {number}, signed by the new key: {is_new}");
        }
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().for_each(|client| client.join().expect("every answer is 200"));
    });
    assert!(by_new.load(Ordering::SeqCst) >= REQUESTS / 4, "{by_new:?} by the new key");
    assert!(server.requests() <= 3, "{} fetches", server.requests());
    // its grace is over; a key that nobody knows has the service look
    server.reply(Reply::keys(&[new.jwk()]));
    assert_eq!(ask(&app, &Signer::new("other").token()), 401);
    assert_eq!((ask(&app, &old.token()), ask(&app, &new.token())), (401, 200));
}
