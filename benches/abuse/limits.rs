//! The limits of an attack's effect on others.

use std::time::Duration;

use crate::attack::Attack;
use crate::run::Report;

/// The limit of the service's resident memory, in bytes.
pub const MEMORY: u64 = 192 << 20;
const PROBE: Duration = Duration::from_millis(100);
const RESPONSE: Duration = Duration::from_millis(250);
const RESPONSE_DURING_IMPORT: Duration = Duration::from_millis(500);

pub const HEADING: &str = "| attack | database | list, p99 | create, p99 | 503 to others | /readyz, slowest | /livez, slowest | memory, peak | \
                           responses to the attacker |\n|---|---|---|---|---|---|---|---|---|";

pub struct Limits {
    response: Duration,
}

impl Limits {
    /// Returns the limits of an attack. On SQLite other users wait for the transaction of an import, because SQLite has one writer.
    pub fn of(attack: &Attack, is_sqlite: bool) -> Self {
        let waits_for_import = is_sqlite && attack.name.starts_with("import_");
        Self { response: if waits_for_import { RESPONSE_DURING_IMPORT } else { RESPONSE } }
    }

    /// Returns each figure as a ratio to its limit.
    fn ratios(&self, report: &Report) -> [(&'static str, f64); 5] {
        let time = |figure: Duration, limit: Duration| figure.as_secs_f64() / limit.as_secs_f64();
        [
            ("the victim's p99 of list", time(report.lists.p99(), self.response)),
            ("the victim's p99 of create", time(report.creates.p99(), self.response)),
            ("the slowest /readyz", time(report.readyz.slowest(), PROBE)),
            ("the slowest /livez", time(report.livez.slowest(), PROBE)),
            ("the peak of memory", report.peak_memory.map_or(f64::NAN, |peak| peak as f64 / MEMORY as f64)),
        ]
    }

    /// Formats a row of the table.
    pub fn row(&self, attack: &str, database: &str, report: &Report) -> String {
        let [list, create, readyz, livez, memory] = self.ratios(report).map(|(_, ratio)| format!("{ratio:.2}"));
        let unavailable = report.unavailable();
        let counts = report.responses.iter().map(|(outcome, count)| format!("{outcome}: {count}"));
        let responses = counts.collect::<Vec<_>>().join(", ");
        let memory = if report.peak_memory.is_some() { memory } else { "process ended".into() };
        format!(
            "| {attack} | {database} | {list} | {create} | {unavailable} | {readyz} | {livez} | {memory} | {responses} |"
        )
    }

    /// Lists the exceeded limits and the unexpected outcomes.
    pub fn violations(&self, report: &Report) -> Vec<String> {
        let above = self.ratios(report).into_iter().filter(|(_, ratio)| *ratio > 1.0);
        let above = above.map(|(figure, ratio)| format!("{figure} is {ratio:.2} of its limit"));
        above.chain(report.unexpected_outcomes()).collect()
    }
}
