//! The table that is printed.

use std::fmt;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Nobody is refused for it.
    Warning,
    /// Users would be refused.
    Bad,
    /// What it needs is missing, which another line says.
    Skipped,
}

impl State {
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
pub(super) struct Line {
    pub name: &'static str,
    pub state: State,
    pub found: String,
    pub change: Option<String>,
}

impl Line {
    pub(super) fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Good, found: found.into(), change: None }
    }

    pub(super) fn warning(name: &'static str, found: impl Into<String>, change: impl Into<String>) -> Self {
        Self { name, state: State::Warning, found: found.into(), change: Some(change.into()) }
    }

    pub(super) fn bad(name: &'static str, found: impl Into<String>, change: impl Into<String>) -> Self {
        Self { name, state: State::Bad, found: found.into(), change: Some(change.into()) }
    }

    pub(super) fn skipped(name: &'static str, why: impl Into<String>) -> Self {
        Self { name, state: State::Skipped, found: format!("not checked: {}", why.into()), change: None }
    }
}

/// The lines, aligned; without colours, so that a log and a terminal get the same.
pub(super) struct Table<'a>(pub &'a [Line]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|line| line.name.len()).max().unwrap_or(0);
        for Line { name, state, found, change } in self.0 {
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
