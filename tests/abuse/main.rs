//! Runs each attack of the bench `abuse` briefly and checks the responses, the process and its memory. Measures no time.

#[path = "../../benches/abuse/attack/mod.rs"]
mod attack;
#[expect(dead_code, reason = "these tests measure no time")]
#[path = "../../benches/abuse/limits.rs"]
mod limits;
#[path = "../../benches/abuse/process.rs"]
mod process;
#[path = "../../benches/abuse/run.rs"]
mod run;
#[expect(dead_code, reason = "the benches use different parts")]
#[path = "../../benches/support/mod.rs"]
mod support;
#[path = "../../benches/abuse/wire.rs"]
mod wire;
#[path = "../../benches/abuse/witness.rs"]
mod witness;

use std::time::Duration;

use attack::ATTACKS;
use limits::MEMORY;
use run::{Plan, run};
use support::Database;

/// Limits the attacker to 96 requests. The durations only end a test that hangs.
const SHORT_PLAN: Plan = Plan {
    attack: Duration::from_secs(300),
    requests: 96,
    after: Duration::from_secs(1),
    timeout: Duration::from_secs(120),
};

#[track_caller]
fn expect_within_limits(name: &str, database: &Database) {
    let attack = ATTACKS.iter().find(|attack| attack.name == name).expect("the attack exists");
    let outcome = run(attack, database, SHORT_PLAN);
    assert!(!outcome.responses.contains_key("pending"), "the attacker got no response: {:?}", outcome.responses);
    assert_eq!(outcome.unexpected_outcomes(), [""; 0], "responses to the attacker: {:?}", outcome.responses);
    assert!(
        outcome.peak_memory.is_some_and(|peak| peak < MEMORY),
        "{:?} bytes of at most {MEMORY}",
        outcome.peak_memory
    );
}

/// Declares a test of each attack on each database, and a test that the list is complete.
macro_rules! attacks {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::expect_within_limits(stringify!($name), &super::Database::sqlite()) })+
        }
        mod postgres {
            $(#[test] fn $name() { super::expect_within_limits(stringify!($name), &super::Database::postgres()) })+
        }
        #[test]
        fn every_attack_has_its_tests() {
            let names: Vec<&str> = ATTACKS.iter().map(|attack| attack.name).collect();
            assert_eq!(names, [$(stringify!($name)),+]);
        }
    };
}

attacks!(
    nested_calendar,
    calendar_of_short_lines,
    secondly_bulk,
    february_30_bulk,
    secondly_rules,
    february_30_rules,
    bulk_of_100,
    import_of_10000,
    import_that_commits,
    json_of_lists,
    error_documents,
    long_search,
    search,
    varying_filters,
    many_tags,
    whole_lists,
    whole_exports,
    stats,
    unread_exports,
    pipelined_lists,
    unfinished_imports,
    unread_streams,
    reconnects,
    changes,
    idempotent_creates,
    readyz_flood,
    over_the_limit_by_jwt,
    over_the_limit_by_cookie,
);
