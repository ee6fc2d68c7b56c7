//! Whether a task is completed, after a change.

/// The change of a task's completion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Completion {
    /// Keeps it.
    #[default]
    Keep,
    /// Sets it.
    Set(bool),
    /// Completes a pending task, and reopens a completed one.
    Toggle,
}

/// Reads a word for completed or pending, in any case.
pub(crate) fn completed_by_name(name: &str) -> Option<bool> {
    match name.to_ascii_lowercase().as_str() {
        "pending" | "active" | "incomplete" | "todo" | "false" => Some(false),
        "completed" | "complete" | "done" | "true" => Some(true),
        _ => None,
    }
}
