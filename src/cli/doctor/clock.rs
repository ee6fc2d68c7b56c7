//! Compares other clocks with this machine's clock.

use chrono::Utc;

use crate::cli::doctor::report::CheckResult;

/// The accepted clock skew, in seconds. With a larger skew the service rejects valid tokens.
const CLOCK_SKEW: i64 = 60;

/// The offset of another machine's clock, in seconds. Positive values are ahead of this machine's clock.
pub(super) struct Clock {
    name: &'static str,
    offset: i64,
}

impl Clock {
    pub(super) fn new(name: &'static str, time: chrono::DateTime<Utc>) -> Self {
        Self { name, offset: (time - Utc::now()).num_seconds() }
    }
}

pub(super) fn clock(clocks: &[Clock]) -> CheckResult {
    let offsets: Vec<String> = clocks.iter().map(|clock| format!("{} {:+} s", clock.name, clock.offset)).collect();
    let largest = clocks.iter().map(|clock| clock.offset.abs()).max();
    let detail = format!("{} relative to this machine", offsets.join(", "));
    const FIX: &str = "run NTP on all machines: this machine's clock decides when tokens and sessions expire";
    match largest {
        None => CheckResult::passed("clock", "no other clock to compare with"),
        Some(largest) if largest > CLOCK_SKEW => CheckResult::failed("clock", detail, FIX),
        Some(largest) if largest > CLOCK_SKEW / 6 => CheckResult::warning("clock", detail, FIX),
        Some(_) => CheckResult::passed("clock", detail),
    }
}
