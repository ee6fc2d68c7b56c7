//! Limits the work of rules. It counts steps, so a rule has the same outcome on every machine.

/// The maximum number of steps to find a rule's next occurrence.
pub const MAX_STEPS: u32 = 50_000;
/// The maximum number of steps of all rules of a request.
const MAX_STEPS_OF_REQUEST: u32 = 500_000;
/// The maximum number of steps of a request on an HTTP worker, and on a database thread.
const MAX_STEPS_OF_WORKER: u32 = 2_000;
/// The maximum number of steps of all rules of an import.
const MAX_STEPS_OF_IMPORT: u32 = 2_000_000;

/// The remaining steps for the rules of a request. One step examines one day, month, period or time.
#[derive(Clone, Debug)]
pub struct Budget {
    remaining: u32,
}

impl Budget {
    /// Returns the budget of a request other than an import.
    pub fn for_request() -> Self {
        Self { remaining: MAX_STEPS_OF_REQUEST }
    }

    /// Returns the budget of a computation on an HTTP worker or a database thread.
    ///
    /// The computation delays the other requests of the worker or thread.
    pub fn for_worker() -> Self {
        Self { remaining: MAX_STEPS_OF_WORKER }
    }

    /// Returns the budget of an import.
    pub fn for_import() -> Self {
        Self { remaining: MAX_STEPS_OF_IMPORT }
    }

    /// Returns the steps of one rule: [`MAX_STEPS`] or the remaining budget.
    pub(crate) fn for_rule(&mut self) -> Steps<'_> {
        let rule_remaining = self.remaining.min(MAX_STEPS);
        let exceeded = if rule_remaining < MAX_STEPS { RuleError::RequestLimit } else { RuleError::StepLimit };
        Steps { budget: self, rule_remaining, exceeded }
    }
}

/// The reason why a rule is rejected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleError {
    /// The rule needs more than [`MAX_STEPS`].
    #[error(
        "needs more than {MAX_STEPS} steps to find its next occurrence (a step examines one day or one time); \
         use a rule that occurs more often or has fewer parts"
    )]
    StepLimit,
    /// The request's rules need more steps than its budget.
    #[error("needs more steps than this request has left for its recurrence rules; send fewer repeating tasks at once")]
    RequestLimit,
    /// The frequency is hourly or finer, and the due date has no time.
    #[error("repeats within a day, so due_date must be a date-time; use DAILY or a coarser frequency for a whole day")]
    TimeRequired,
}

/// The remaining steps of one rule.
pub(crate) struct Steps<'b> {
    budget: &'b mut Budget,
    rule_remaining: u32,
    exceeded: RuleError,
}

impl Steps<'_> {
    /// Takes one step.
    pub(crate) fn take(&mut self) -> Result<(), RuleError> {
        self.rule_remaining = self.rule_remaining.checked_sub(1).ok_or(self.exceeded)?;
        self.budget.remaining = self.budget.remaining.saturating_sub(1);
        Ok(())
    }
}
