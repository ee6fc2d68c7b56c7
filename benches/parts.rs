//! Times the functions that need neither network nor database: `cargo bench --bench parts [-- NAME_PART]`.
//!
//! Criterion times each function and compares it with the previous run. Then the bench verifies all kinds of credentials in completed. It
//! prints the median of each as a multiple of the median of a cached HS256 token. Ratios within one run do not depend on the machine.
//! The ratio of a cached EdDSA token has a limit.

#[path = "../crates/better-auth-guard/tests/verification/support/credentials.rs"]
#[expect(dead_code, reason = "only the tests use the other helpers")]
mod credentials;
#[path = "../crates/better-auth-guard/tests/verification/support/session_data.rs"]
#[expect(dead_code, reason = "only the tests use the other helpers")]
mod session_data;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use better_auth_guard::{Credential, CredentialHeaders, KeySet, Verifier};
use chrono::{DateTime, NaiveDateTime, Utc};
use criterion::{BatchSize, Criterion};
use serde_json::{Value, json};
use task_api::api::serialized::SerializedPage;
use task_api::config::{Config, ListShape};
use task_api::db::Page;
use task_api::recurrence;
use task_api::recurrence::{Budget, CompletedOccurrence, Due, NextOccurrence, RepeatFrom, RuleError};
use task_api::task::{Priority, Task};

use credentials::{SECRET, cookie_header, ed25519_jwk, eddsa, hs256};
use session_data::{cached_session, compact, jwe};

const ROUNDS: usize = 300;
const CALLS: usize = 20;

/// Returns a verifier with the secret of the credentials.
fn verifier() -> Verifier {
    let lookup = |name: &str| match name {
        "BETTER_AUTH_SECRET" => Some(SECRET.to_owned()),
        "SESSION_CACHE" => Some("on".to_owned()),
        _ => None,
    };
    Config::from_lookup(&lookup).expect("the settings are valid").auth.verifier()
}

/// A credential. With `uses_new_keys`, each call uses a new key set, which empties the cache of verified tokens.
struct Case {
    name: &'static str,
    header: (&'static str, String),
    uses_new_keys: bool,
}

fn main() {
    let cases = cases();
    let verifier = verifier();
    let mut criterion = Criterion::default().configure_from_args();
    time_credentials(&mut criterion, &cases, &verifier);
    time_recurrence(&mut criterion);
    time_json(&mut criterion);
    time_timestamps(&mut criterion);
    criterion.final_summary();
    // `cargo test --benches` only checks that the bench runs, in a debug build whose times are meaningless
    if std::env::args().any(|argument| argument == "--bench") {
        compare_credentials(&cases, &verifier);
    }
}

/// Indexes of the cached tokens in [`cases`].
const CACHED_HS256: usize = 1;
const CACHED_EDDSA: usize = 4;

fn cases() -> [Case; 7] {
    let now = Utc::now();
    let claims = token_claims(now.timestamp());
    let token = "tok00000000000000000000000000000";
    let mut cache = cached_session("alice", token);
    cache["exp"] = (now.timestamp() + 900).into();
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}"));
    let with_cache = |cache: &str| ("Cookie", format!("{}; better-auth.session_data={cache}", cookie_header(token)));
    let header = json!({ "alg": "dir", "enc": "A256CBC-HS512" });
    [
        ("HS256, uncached", bearer(&hs256(&claims, SECRET)), true),
        ("HS256, cached", bearer(&hs256(&claims, SECRET)), false),
        ("cookie signature", ("Cookie", cookie_header(token)), false),
        ("EdDSA, uncached", bearer(&eddsa("ed", &claims)), true),
        ("EdDSA, cached", bearer(&eddsa("ed", &claims)), false),
        ("session_data, compact", with_cache(&compact(&cache, now.timestamp_millis() + 900_000, SECRET)), false),
        ("session_data, jwe", with_cache(&jwe(&header, cache.to_string(), SECRET)), false),
    ]
    .map(|(name, header, uses_new_keys)| Case { name, header, uses_new_keys })
}

fn keys() -> KeySet {
    KeySet::from_jwks(&[ed25519_jwk("ed")]).0
}

/// Returns a key set with a key that no earlier set has. Tokens verified with another set are not in the cache.
fn new_keys() -> KeySet {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let other = format!("other {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    KeySet::from_jwks(&[ed25519_jwk("ed"), ed25519_jwk(&other)]).0
}

fn time_credentials(criterion: &mut Criterion, cases: &[Case], verifier: &Verifier) {
    let known = keys();
    let mut group = criterion.benchmark_group("credential");
    for Case { name, header, uses_new_keys } in cases {
        match uses_new_keys {
            true => group.bench_function(*name, |bencher| {
                bencher.iter_batched_ref(new_keys, |keys| verify(verifier, header, keys), BatchSize::SmallInput);
            }),
            false => group.bench_function(*name, |bencher| bencher.iter(|| verify(verifier, header, &known))),
        };
    }
    group.finish();
}

fn time_recurrence(criterion: &mut Criterion) {
    let due = DateTime::from_timestamp(1_700_000_000, 0).expect("a valid timestamp");
    let completed = |rule| CompletedOccurrence {
        rule,
        from: RepeatFrom::DueDate,
        due: Some(Due::At(due)),
        start: None,
        zone: chrono_tz::Europe::Berlin,
        completed_at: due,
    };
    let mut group = criterion.benchmark_group("recurrence");
    for rule in ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"] {
        group.bench_function(format!("parse {rule}"), |bencher| bencher.iter(|| recurrence::parse(black_box(rule))));
        let completed = completed(rule);
        group.bench_function(format!("next {rule}"), |bencher| bencher.iter(|| next(black_box(&completed))));
    }
    // each rule reaches the limit of steps
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTH=6",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
    ] {
        let completed = completed(rule);
        group.bench_function(format!("reject {rule}"), |bencher| bencher.iter(|| next(black_box(&completed))));
    }
    group.finish();
}

fn next(completed: &CompletedOccurrence<'_>) -> Result<Option<NextOccurrence>, RuleError> {
    recurrence::next(completed, &mut Budget::for_request())
}

fn time_json(criterion: &mut Criterion) {
    let body = json!({
        "title": "Water the plants", "description": "All of them, also those on the balcony.", "priority": "high",
        "tags": ["home", "garden"], "due_date": "2026-12-01T08:00:00Z", "recurrence_rule": "FREQ=WEEKLY",
    });
    let body = body.to_string();
    criterion.bench_function("parse JSON of a body", |bencher| {
        bencher.iter(|| better_auth_guard::json::parse(black_box(body.as_bytes())).expect("valid JSON"));
    });
    let page = page_of_20();
    criterion.bench_function("serialize JSON of a list of 20", |bencher| {
        bencher.iter_batched(
            || page.clone(),
            |page| SerializedPage::new(page, ListShape::Array, false).json,
            BatchSize::SmallInput,
        );
    });
}

fn time_timestamps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timestamp of a SQLite row");
    let text = "2026-11-21 10:30:00.123";
    group.bench_function("parsed by the service", |bencher| {
        bencher.iter(|| task_api::fuzzing::parse_timestamp(black_box(text)).expect("a valid timestamp"));
    });
    // the first format that diesel tries
    group.bench_function("parsed by chrono", |bencher| {
        bencher.iter(|| NaiveDateTime::parse_from_str(black_box(text), "%F %T%.f").expect("a valid timestamp"));
    });
    group.finish();
}

fn page_of_20() -> Page {
    let at = DateTime::from_timestamp(1_700_000_000, 0).expect("a valid timestamp");
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
        recurrence_start: None,
        remind_local: None,
        excluded_dates: Vec::new(),
        series_id: None,
        next_id: None,
        uid: format!("name-{id}"),
        version: 1,
        created_at: at,
        updated_at: at,
    };
    Page { tasks: (80_000..80_020).map(task).collect(), next: None, total: None }
}

/// Verifies all credentials in completed. Other load on the machine affects all alike.
fn compare_credentials(cases: &[Case; 7], verifier: &Verifier) {
    let mut times = cases.each_ref().map(|_| Vec::with_capacity(ROUNDS));
    let known = keys();
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (case, times) in cases.iter().zip(&mut times) {
            let sets: Vec<KeySet> =
                (0..CALLS).map(|_| if case.uses_new_keys { new_keys() } else { known.clone() }).collect();
            let start = Instant::now();
            sets.iter().for_each(|keys| verify(verifier, &case.header, keys));
            // the first tenth of the rounds is a warm-up
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
        println!("{:<28}{:>6.2} times HS256, cached", case.name, median / medians[CACHED_HS256]);
    }
    let ratio = medians[CACHED_EDDSA] / medians[CACHED_HS256];
    assert!(ratio <= 1.3, "a cached EdDSA token costs {ratio:.2} times a cached HS256 token; the limit is 1.3 times");
}

/// Returns claims like those of Better Auth's jwt plugin.
fn token_claims(now: i64) -> Value {
    json!({
        "iat": now, "name": "Zoë", "email": "zoe@example.com", "emailVerified": false, "image": null,
        "createdAt": "2026-11-21T07:49:50.451Z", "updatedAt": "2026-11-21T07:49:50.451Z", "id": "alice", "sub": "alice",
        "exp": now + 900, "iss": "http://localhost:3000", "aud": "http://localhost:3000",
    })
}

fn verify(verifier: &Verifier, (name, value): &(&str, String), keys: &KeySet) {
    let mut headers = CredentialHeaders::default();
    let values = if *name == "Cookie" { &mut headers.cookie } else { &mut headers.authorization };
    values.push(value.as_bytes());
    match black_box(verifier.verify(black_box(&headers), keys, Utc::now())) {
        Ok(Some((_, Credential::User(user)))) => assert_eq!(user.as_str(), "alice"),
        Ok(Some((_, Credential::Session(_)))) => assert!(!value.contains("session_data"), "the cookie cache is valid"),
        other => panic!("{other:?}"),
    }
}
