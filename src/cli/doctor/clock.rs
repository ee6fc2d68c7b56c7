//! Compares other clocks with the clock of this machine.

use chrono::Utc;

use crate::cli::doctor::report::CheckResult;

/// Clocks that differ by more than this many seconds make good tokens bad ones.
const CLOCK_SKEW: i64 = 60;

/// How far a clock elsewhere is ahead of ours, in seconds.
pub(super) struct Clock {
    whose: &'static str,
    ahead: i64,
}

impl Clock {
    pub(super) fn new(whose: &'static str, says: chrono::DateTime<Utc>) -> Self {
        Self { whose, ahead: (says - Utc::now()).num_seconds() }
    }
}

pub(super) fn clock(clocks: &[Clock]) -> CheckResult {
    let said: Vec<String> = clocks.iter().map(|clock| format!("{} {:+} s", clock.whose, clock.ahead)).collect();
    let worst = clocks.iter().map(|clock| clock.ahead.abs()).max();
    let found = format!("{} against this machine", said.join(", "));
    const CHANGE: &str = "run NTP on all machines: when tokens and sessions end is judged by this machine's clock";
    match worst {
        None => CheckResult::good("clock", "there is no other to compare it with"),
        Some(worst) if worst > CLOCK_SKEW => CheckResult::bad("clock", found, CHANGE),
        Some(worst) if worst > CLOCK_SKEW / 6 => CheckResult::warning("clock", found, CHANGE),
        Some(_) => CheckResult::good("clock", found),
    }
}
