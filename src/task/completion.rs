//! Changes of a task's completion.

/// The change of a task's completion.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Completion {
    /// Keeps the stored value.
    #[default]
    Keep,
    /// Sets the value.
    Set(bool),
    /// Completes a pending task, or reopens a completed task.
    Toggle,
}

/// Parses a name of the status, in any case. Returns whether it means completed.
pub(crate) fn parse_status(name: &str) -> Option<bool> {
    match name.to_ascii_lowercase().as_str() {
        "pending" | "active" | "incomplete" | "todo" | "false" => Some(false),
        "completed" | "complete" | "done" | "true" => Some(true),
        _ => None,
    }
}
