//! What does it cost to judge each kind of credential? `cargo bench --bench credentials`
//!
//! Prints the median of each as a multiple of an HS256 token's: ratios within one run, because the machine is part of every time.

#[path = "../tests/api/support/credentials.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod credentials;
#[path = "../tests/api/support/session_data.rs"]
mod session_data;

use std::hint::black_box;
use std::time::Instant;

use chrono::Utc;
use serde_json::{Value, json};
use task_api::auth::{Credential, KeySet, Presented, Verifier};
use task_api::config::Config;

use credentials::{SECRET, cookie_header, ed25519_jwk, eddsa, hs256};
use session_data::{compact, inner, jwe};

type Settings<'a> = &'a [(&'a str, &'a str)];

const ROUNDS: usize = 300;
const CALLS: usize = 20;

/// In the place of the tests' own, which have a database.
mod app {
    use super::{Config, SECRET, Settings};

    pub fn config(_: &str, settings: Settings<'_>) -> Config {
        let known = [("BETTER_AUTH_SECRET", SECRET), ("SESSION_CACHE", "on")];
        let lookup = |name: &str| {
            settings.iter().chain(&known).find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        };
        Config::from_lookup(&lookup).expect("the settings are good")
    }
}

/// A credential and the keys that it is judged with: with fresh ones for each call, nothing is remembered.
struct Case {
    name: &'static str,
    header: (&'static str, String),
    is_new: bool,
}

fn main() {
    let now = Utc::now();
    let claims = token_claims(now.timestamp());
    let token = "tok00000000000000000000000000000";
    let mut copy = inner("alice", token);
    copy["exp"] = (now.timestamp() + 900).into();
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}"));
    let with_copy = |copy: &str| ("Cookie", format!("{}; better-auth.session_data={copy}", cookie_header(token)));
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    let cases = [
        ("HS256", bearer(&hs256(&claims, SECRET)), false),
        ("cookie signature", ("Cookie", cookie_header(token)), false),
        ("EdDSA, for the first time", bearer(&eddsa("ed", &claims)), true),
        ("EdDSA, remembered", bearer(&eddsa("ed", &claims)), false),
        ("session_data, compact", with_copy(&compact(&copy, now.timestamp_millis() + 900_000, SECRET)), false),
        ("session_data, jwe", with_copy(&jwe(&header, copy.to_string(), SECRET)), false),
    ];
    let cases = cases.map(|(name, header, is_new)| Case { name, header, is_new });
    let mut times = cases.each_ref().map(|_| Vec::with_capacity(ROUNDS));
    let (verifier, keys) = (credentials::verifier(&[]), || KeySet::from_jwks(&[ed25519_jwk("ed")]).0);
    let known = keys();
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (case, times) in cases.iter().zip(&mut times) {
            let sets: Vec<KeySet> = (0..CALLS).map(|_| if case.is_new { keys() } else { known.clone() }).collect();
            let start = Instant::now();
            sets.iter().for_each(|keys| judge(&verifier, &case.header, keys));
            // the first tenth warms up
            if round >= ROUNDS / 10 {
                times.push(start.elapsed());
            }
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    for (case, median) in cases.iter().zip(medians) {
        println!("{:<28}{:>6.2} times HS256", case.name, median / medians[0]);
    }
    let remembered = medians[3] / medians[0];
    assert!(
        remembered <= 1.3,
        "a remembered EdDSA token costs {remembered:.2} times an HS256 one, and may cost 1.3 times"
    );
}

/// As Better Auth's jwt plugin makes them.
fn token_claims(now: i64) -> Value {
    json!({
        "iat": now, "name": "Zoë", "email": "zoe@example.com", "emailVerified": false, "image": null,
        "createdAt": "2026-11-21T07:49:50.451Z", "updatedAt": "2026-11-21T07:49:50.451Z", "id": "alice", "sub": "alice",
        "exp": now + 900, "iss": "http://localhost:3000", "aud": "http://localhost:3000",
    })
}

fn judge(verifier: &Verifier, (name, value): &(&str, String), keys: &KeySet) {
    let mut presented = Presented::default();
    let headers = if *name == "Cookie" { &mut presented.cookie } else { &mut presented.authorization };
    headers.push(value.as_bytes());
    match black_box(verifier.judge(black_box(&presented), keys, Utc::now())) {
        Ok(Some((_, Credential::User(user)))) => assert_eq!(user.as_str(), "alice"),
        Ok(Some((_, Credential::Session(_)))) => assert!(!value.contains("session_data"), "the copy is good"),
        other => panic!("{other:?}"),
    }
}
