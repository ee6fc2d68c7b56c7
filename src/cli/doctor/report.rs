//! The table that is printed.

use std::fmt;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckStatus {
    Good,
    /// Nobody is refused for it.
    Warning,
    /// Users would be refused.
    Bad,
    /// What it needs is missing, which another line says.
    Skipped,
}

impl CheckStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warn",
            Self::Bad => "FAIL",
            Self::Skipped => "-",
        }
    }
}

/// A check, what was found, and what to set where that is not good.
pub(crate) struct CheckResult {
    pub name: &'static str,
    pub state: CheckStatus,
    pub found: String,
    pub change: Option<String>,
}

impl CheckResult {
    pub(crate) fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: CheckStatus::Good, found: found.into(), change: None }
    }

    pub(crate) fn warning(name: &'static str, found: impl Into<String>, change: impl Into<String>) -> Self {
        Self { name, state: CheckStatus::Warning, found: found.into(), change: Some(change.into()) }
    }

    pub(crate) fn bad(name: &'static str, found: impl Into<String>, change: impl Into<String>) -> Self {
        Self { name, state: CheckStatus::Bad, found: found.into(), change: Some(change.into()) }
    }

    pub(crate) fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, state: CheckStatus::Skipped, found: format!("not checked: {}", why.into()), change: None }
    }
}

/// The lines, aligned; without colours, so that a log and a terminal get the same.
pub(crate) struct Table<'a>(pub &'a [CheckResult]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|line| line.name.len()).max().unwrap_or(0);
        for CheckResult { name, state, found, change } in self.0 {
            // what a server said may have several lines
            let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(f, "{name:<width$}  {:<4}  {found}", state.as_str())?;
            if let Some(change) = change {
                writeln!(f, "{:<width$}        -> {change}", "")?;
            }
        }
        Ok(())
    }
}

/// `1 key`, `2 keys`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
