//! How much work rules may cost. Work is counted in steps, so that the same rule has the same outcome on every machine.

/// The most steps that one rule may take to find its next occurrence.
pub const MAX_STEPS: u32 = 50_000;
/// The most steps that all rules of one request may take.
const MAX_STEPS_OF_REQUEST: u32 = 500_000;
/// The most steps that a request may take on an HTTP worker.
const MAX_STEPS_OF_WORKER: u32 = 2_000;
/// The most steps that all rules of one import may take.
const MAX_STEPS_OF_IMPORT: u32 = 2_000_000;

/// The steps that are left for the rules of a request. One step examines one day, month, period or time.
#[derive(Debug)]
pub struct Budget {
    left: u32,
}

impl Budget {
    /// The budget of a request that is not an import.
    pub fn of_request() -> Self {
        Self { left: MAX_STEPS_OF_REQUEST }
    }

    /// The budget of a computation on an HTTP worker, which other users wait for.
    pub fn of_worker() -> Self {
        Self { left: MAX_STEPS_OF_WORKER }
    }

    /// The budget of an import.
    pub fn of_import() -> Self {
        Self { left: MAX_STEPS_OF_IMPORT }
    }

    /// The part of the budget that one rule may use.
    pub(crate) fn for_rule(&mut self) -> Steps<'_> {
        let of_rule = self.left.min(MAX_STEPS);
        let exceeded = if of_rule < MAX_STEPS { TooCostly::Request } else { TooCostly::Rule };
        Steps { budget: self, of_rule, exceeded }
    }
}

/// Why the next occurrence of a rule was not computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooCostly {
    /// The rule needs more than [`MAX_STEPS`].
    #[error(
        "needs more than {MAX_STEPS} steps to find its next occurrence, of which each examines a day or a time; \
         use a rule that occurs more often or has fewer parts"
    )]
    Rule,
    /// The rules of the request need more than its budget.
    #[error("needs more steps than this request has left for its recurrence rules; send fewer repeating tasks at once")]
    Request,
}

/// The steps that are left for one rule.
pub(crate) struct Steps<'b> {
    budget: &'b mut Budget,
    of_rule: u32,
    exceeded: TooCostly,
}

impl Steps<'_> {
    /// Takes one step.
    pub(crate) fn take(&mut self) -> Result<(), TooCostly> {
        self.of_rule = self.of_rule.checked_sub(1).ok_or(self.exceeded)?;
        self.budget.left = self.budget.left.saturating_sub(1);
        Ok(())
    }
}
