//! Formats the check results: a table, or JSON.

use std::fmt;

use serde_json::{Value, json};

/// The outcome of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CheckStatus {
    Passed,
    /// The service accepts users, but the setting is a risk.
    Warning,
    /// The service would reject users.
    Failed,
    /// The check was not possible.
    Skipped,
}

impl CheckStatus {
    /// The text in the table.
    fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
            Self::Skipped => "-",
        }
    }

    /// The text in the JSON.
    fn as_json(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "not_checked",
        }
    }
}

/// One line of the table: a check, its outcome, and a fix for a warning or failure.
#[derive(Debug)]
pub(crate) struct CheckResult {
    pub name: &'static str,
    pub status: CheckStatus,
    pub detail: String,
    pub fix: Option<String>,
}

impl CheckResult {
    pub(crate) fn passed(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Passed, detail: detail.into(), fix: None }
    }

    pub(crate) fn warning(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Warning, detail: detail.into(), fix: Some(fix.into()) }
    }

    pub(crate) fn failed(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Failed, detail: detail.into(), fix: Some(fix.into()) }
    }

    pub(crate) fn skipped(name: &'static str, reason: impl fmt::Display) -> Self {
        Self::unverified(name, format!("not checked: {reason}"))
    }

    /// A check without a result. `detail` says why.
    pub(crate) fn unverified(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Skipped, detail: detail.into(), fix: None }
    }

    /// The detail on one line: an error text of a server may have several.
    fn one_line(&self) -> String {
        self.detail.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// All results, in the order of the table.
pub(crate) struct Report(pub Vec<CheckResult>);

impl Report {
    fn count(&self, status: CheckStatus) -> usize {
        self.0.iter().filter(|line| line.status == status).count()
    }

    /// Returns whether the service would reject users.
    pub(crate) fn has_failed(&self) -> bool {
        self.count(CheckStatus::Failed) > 0
    }

    /// Returns the results for programs.
    pub(crate) fn to_json(&self) -> Value {
        let checks = self.0.iter().map(|line| {
            json!({ "name": line.name, "status": line.status.as_json(), "detail": line.one_line(), "fix": line.fix })
        });
        json!({
            "rejects_users": self.has_failed(),
            "failed": self.count(CheckStatus::Failed),
            "warnings": self.count(CheckStatus::Warning),
            "checks": checks.collect::<Vec<_>>(),
        })
    }
}

/// Prints the results in aligned columns, without colours.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|line| line.name.len()).max().unwrap_or(0);
        for line in &self.0 {
            writeln!(f, "{:<width$}  {:<4}  {}", line.name, line.status.as_str(), line.one_line())?;
            if let Some(fix) = &line.fix {
                writeln!(f, "{:<width$}        -> {fix}", "")?;
            }
        }
        writeln!(f)?;
        let (failed, warnings) = (self.count(CheckStatus::Failed), self.count(CheckStatus::Warning));
        match failed {
            0 => writeln!(f, "No check failed. Warnings: {warnings}."),
            _ => writeln!(f, "Failed checks: {failed}. Warnings: {warnings}. The service would reject users."),
        }
    }
}

/// Formats a count with its noun: `1 key`, `2 keys`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
