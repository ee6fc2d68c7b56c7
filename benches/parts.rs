//! What do the parts cost that need neither network nor database? `cargo bench --bench parts [-- PART OF A NAME]`
//!
//! Criterion times each by itself, and compares it with the run before. Then all kinds of credentials are judged in turn, and the median
//! of each is printed as a multiple of a remembered HS256 token's: ratios within one run, because the machine is part of every time. One
//! of them has a limit.

#[path = "../tests/api/support/credentials.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod credentials;
#[path = "../tests/api/support/session_data.rs"]
mod session_data;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion};
use serde_json::{Value, json};
use task_api::api::serialized::SerializedPage;
use task_api::auth::{Credential, CredentialHeaders, KeySet, Verifier};
use task_api::config::{Config, ListShape};
use task_api::db::Page;
use task_api::recurrence;
use task_api::recurrence::{Budget, CompletedOccurrence, Due, NextOccurrence, RepeatFrom, TooCostly};
use task_api::task::{Priority, Task};

use credentials::{SECRET, cookie_header, ed25519_jwk, eddsa, hs256};
use session_data::{compact, inner, jwe};

type Settings<'a> = &'a [(&'a str, &'a str)];

const ROUNDS: usize = 300;
const CALLS: usize = 20;

/// In the place of the tests' own.
const BETTER_AUTH_URL: &str = "http://localhost:0";

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
    let cases = cases();
    let verifier = credentials::verifier(&[]);
    let mut criterion = Criterion::default().configure_from_args();
    time_credentials(&mut criterion, &cases, &verifier);
    time_recurrence(&mut criterion);
    time_json(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` only tries whether all of it runs, and in a build for which no time says anything
    if std::env::args().any(|argument| argument == "--bench") {
        compare_credentials(&cases, &verifier);
    }
}

/// Of [`cases`], the two that are remembered.
const HS256: usize = 1;
const EDDSA: usize = 4;

fn cases() -> [Case; 7] {
    let now = Utc::now();
    let claims = token_claims(now.timestamp());
    let token = "tok00000000000000000000000000000";
    let mut copy = inner("alice", token);
    copy["exp"] = (now.timestamp() + 900).into();
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}"));
    let with_copy = |copy: &str| ("Cookie", format!("{}; better-auth.session_data={copy}", cookie_header(token)));
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    [
        ("HS256, for the first time", bearer(&hs256(&claims, SECRET)), true),
        ("HS256, remembered", bearer(&hs256(&claims, SECRET)), false),
        ("cookie signature", ("Cookie", cookie_header(token)), false),
        ("EdDSA, for the first time", bearer(&eddsa("ed", &claims)), true),
        ("EdDSA, remembered", bearer(&eddsa("ed", &claims)), false),
        ("session_data, compact", with_copy(&compact(&copy, now.timestamp_millis() + 900_000, SECRET)), false),
        ("session_data, jwe", with_copy(&jwe(&header, copy.to_string(), SECRET)), false),
    ]
    .map(|(name, header, is_new)| Case { name, header, is_new })
}

fn keys() -> KeySet {
    KeySet::from_jwks(&[ed25519_jwk("ed")]).0
}

/// A set with one more key than any before: nothing that was verified under another set is remembered for it.
fn fresh_keys() -> KeySet {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let other = format!("other {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    KeySet::from_jwks(&[ed25519_jwk("ed"), ed25519_jwk(&other)]).0
}

fn time_credentials(criterion: &mut Criterion, cases: &[Case], verifier: &Verifier) {
    let known = keys();
    let mut group = criterion.benchmark_group("credential");
    for Case { name, header, is_new } in cases {
        match is_new {
            true => group.bench_function(*name, |bencher| {
                bencher.iter_batched_ref(fresh_keys, |keys| judge(verifier, header, keys), BatchSize::SmallInput);
            }),
            false => group.bench_function(*name, |bencher| bencher.iter(|| judge(verifier, header, &known))),
        };
    }
    group.finish();
}

fn time_recurrence(criterion: &mut Criterion) {
    let due = DateTime::from_timestamp(1_700_000_000, 0).expect("a moment of this era");
    let turn = |rule| CompletedOccurrence {
        rule,
        from: RepeatFrom::DueDate,
        due: Some(Due::At(due)),
        zone: chrono_tz::Europe::Berlin,
        completed_at: due,
    };
    let mut group = criterion.benchmark_group("recurrence");
    for rule in ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"] {
        group.bench_function(format!("parse {rule}"), |bencher| bencher.iter(|| recurrence::parse(black_box(rule))));
        let turn = turn(rule);
        group.bench_function(format!("next {rule}"), |bencher| bencher.iter(|| next(black_box(&turn))));
    }
    // each ends at the most steps that a rule may take
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTH=6",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
    ] {
        let turn = turn(rule);
        group.bench_function(format!("refuse {rule}"), |bencher| bencher.iter(|| next(black_box(&turn))));
    }
    group.finish();
}

fn next(turn: &CompletedOccurrence<'_>) -> Result<Option<NextOccurrence>, TooCostly> {
    recurrence::next(turn, &mut Budget::of_request())
}

fn time_json(criterion: &mut Criterion) {
    let body = json!({
        "title": "Water the plants", "description": "All of them, also those on the balcony.", "priority": "high",
        "tags": ["home", "garden"], "due_date": "2026-12-01T08:00:00Z", "recurrence_rule": "FREQ=WEEKLY",
    });
    let body = body.to_string();
    criterion.bench_function("JSON of a body, read", |bencher| {
        bencher.iter(|| task_api::json::parse(black_box(body.as_bytes())).expect("it is JSON"));
    });
    let page = page_of_20();
    criterion.bench_function("JSON of a list of 20, written", |bencher| {
        bencher.iter_batched(
            || page.clone(),
            |page| SerializedPage::new(page, ListShape::Array).json,
            BatchSize::SmallInput,
        );
    });
}

fn page_of_20() -> Page {
    let at = DateTime::from_timestamp(1_700_000_000, 0).expect("a moment of this era");
    let task = |id: i64| Task {
        id,
        user_id: "alice".into(),
        title: format!("Task number {id}"),
        description: (id % 3 > 0).then(|| format!("A description of task {id}, long enough to look like one.")),
        completed_at: (id % 4 == 0).then_some(at),
        priority: Priority::Medium,
        tags: if id % 5 == 0 { vec!["home".into(), "garden".into()] } else { vec![] },
        due: (id % 2 == 0).then_some(Due::At(at)),
        time_zone: None,
        remind_at: None,
        recurrence_rule: None,
        repeat_from: RepeatFrom::DueDate,
        series_id: None,
        next_id: None,
        uid: format!("name-{id}"),
        version: 1,
        created_at: at,
        updated_at: at,
    };
    Page { tasks: (80_000..80_020).map(task).collect(), next: None, total: None }
}

/// Judges all in turn, so that whatever else the machine does meets all alike.
fn compare_credentials(cases: &[Case; 7], verifier: &Verifier) {
    let mut times = cases.each_ref().map(|_| Vec::with_capacity(ROUNDS));
    let known = keys();
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (case, times) in cases.iter().zip(&mut times) {
            let sets: Vec<KeySet> =
                (0..CALLS).map(|_| if case.is_new { fresh_keys() } else { known.clone() }).collect();
            let start = Instant::now();
            sets.iter().for_each(|keys| judge(verifier, &case.header, keys));
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
        println!("{:<28}{:>6.2} times HS256, remembered", case.name, median / medians[HS256]);
    }
    let remembered = medians[EDDSA] / medians[HS256];
    assert!(
        remembered <= 1.3,
        "a remembered EdDSA token costs {remembered:.2} times a remembered HS256 one, and may cost 1.3 times"
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
    let mut presented = CredentialHeaders::default();
    let headers = if *name == "Cookie" { &mut presented.cookie } else { &mut presented.authorization };
    headers.push(value.as_bytes());
    match black_box(verifier.verify(black_box(&presented), keys, Utc::now())) {
        Ok(Some((_, Credential::User(user)))) => assert_eq!(user.as_str(), "alice"),
        Ok(Some((_, Credential::Session(_)))) => assert!(!value.contains("session_data"), "the copy is good"),
        other => panic!("{other:?}"),
    }
}
