//! What an attack may cost others, and how a run compares.

use std::time::Duration;

use crate::attack::Attack;
use crate::run::Seen;

/// The most memory that the service may have resident, in bytes.
pub const MEMORY: u64 = 192 << 20;
const PROBE: Duration = Duration::from_millis(100);
const ANSWER: Duration = Duration::from_millis(250);
const ANSWER_BESIDE_IMPORT: Duration = Duration::from_millis(500);

pub const HEADING: &str = "| attack | database | list, p99 | create, p99 | 503 to others | /readyz, slowest | /livez, slowest | memory, peak | \
                           answers to the attacker |\n|---|---|---|---|---|---|---|---|---|";

pub struct Limits {
    answer: Duration,
}

impl Limits {
    /// SQLite has one writer: others wait for the transaction of an import.
    pub fn of(attack: &Attack, is_sqlite: bool) -> Self {
        let beside_import = is_sqlite && attack.name.starts_with("import_");
        Self { answer: if beside_import { ANSWER_BESIDE_IMPORT } else { ANSWER } }
    }

    /// Each figure as a ratio to its limit.
    fn ratios(&self, seen: &Seen) -> [(&'static str, f64); 5] {
        let time = |figure: Duration, limit: Duration| figure.as_secs_f64() / limit.as_secs_f64();
        [
            ("the victim's p99 of list", time(seen.lists.p99(), self.answer)),
            ("the victim's p99 of create", time(seen.creates.p99(), self.answer)),
            ("the slowest /readyz", time(seen.readyz.slowest(), PROBE)),
            ("the slowest /livez", time(seen.livez.slowest(), PROBE)),
            ("the peak of memory", seen.peak_memory.map_or(f64::NAN, |peak| peak as f64 / MEMORY as f64)),
        ]
    }

    /// A row of the table.
    pub fn row(&self, attack: &str, database: &str, seen: &Seen) -> String {
        let [list, create, readyz, livez, memory] = self.ratios(seen).map(|(_, ratio)| format!("{ratio:.2}"));
        let unavailable = seen.unavailable();
        let answers: Vec<String> = seen.answers.iter().map(|(answer, count)| format!("{answer}: {count}")).collect();
        let answers = answers.join(", ");
        let memory = if seen.peak_memory.is_some() { memory } else { "process ended".into() };
        format!(
            "| {attack} | {database} | {list} | {create} | {unavailable} | {readyz} | {livez} | {memory} | {answers} |"
        )
    }

    /// The limits that were not kept.
    pub fn broken(&self, seen: &Seen) -> Vec<String> {
        let above = self.ratios(seen).into_iter().filter(|(_, ratio)| *ratio > 1.0);
        let above = above.map(|(figure, ratio)| format!("{figure} is {ratio:.2} of its limit"));
        above.chain(seen.wrong()).collect()
    }
}
