//! Each attack of the bench `abuse`, in short: the answers to the attacker and to others, the process, and its memory. No time is measured.

#[path = "../../benches/abuse/attack/mod.rs"]
mod attack;
#[expect(dead_code, reason = "no time is measured here")]
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

/// Some requests on each connection. The times only end a test that hangs.
const SHORT: Plan = Plan {
    attack: Duration::from_secs(300),
    requests: 96,
    after: Duration::from_secs(1),
    timeout: Duration::from_secs(120),
};

#[track_caller]
fn expect_bounded(name: &str, database: &Database) {
    let attack = ATTACKS.iter().find(|attack| attack.name == name).expect("the attack is known");
    let report = run(attack, database, SHORT);
    assert!(!report.responses.contains_key("pending"), "an answer to the attacker is missing: {:?}", report.responses);
    assert_eq!(report.unexpected_outcomes(), [""; 0], "answers to the attacker: {:?}", report.responses);
    assert!(report.peak_memory.is_some_and(|peak| peak < MEMORY), "{:?} bytes of at most {MEMORY}", report.peak_memory);
}

/// Declares a test of each attack on each database, and one that none is missing.
macro_rules! attacks {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::expect_bounded(stringify!($name), &super::Database::sqlite()) })+
        }
        mod postgres {
            $(#[test] fn $name() { super::expect_bounded(stringify!($name), &super::Database::postgres()) })+
        }
        #[test]
        fn every_attack_has_its_tests() {
            let known: Vec<&str> = ATTACKS.iter().map(|attack| attack.name).collect();
            assert_eq!(known, [$(stringify!($name)),+]);
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
    idempotent_creates,
    readyz_flood,
    over_the_limit_by_jwt,
    over_the_limit_by_cookie,
);
