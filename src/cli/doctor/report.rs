//! Formats the table of check results.

use std::fmt;

/// The outcome of a check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckStatus {
    Passed,
    /// The service accepts users, but the setting is a risk.
    Warning,
    /// The service would reject users.
    Failed,
    /// A prerequisite is missing. Another line reports it.
    Skipped,
}

impl CheckStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
            Self::Skipped => "-",
        }
    }
}

/// One line of the table: a check, its outcome, and a fix for a warning or failure.
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

    pub(crate) fn skipped(name: &'static str, reason: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Skipped, detail: format!("not checked: {}", reason.into()), fix: None }
    }
}

/// Prints the results in aligned columns, without colours.
pub(crate) struct Table<'a>(pub &'a [CheckResult]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|line| line.name.len()).max().unwrap_or(0);
        for CheckResult { name, status, detail, fix } in self.0 {
            // an error text of a server may have several lines
            let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(f, "{name:<width$}  {:<4}  {detail}", status.as_str())?;
            if let Some(fix) = fix {
                writeln!(f, "{:<width$}        -> {fix}", "")?;
            }
        }
        Ok(())
    }
}

/// Formats a count with its noun: `1 key`, `2 keys`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
