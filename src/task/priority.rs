//! The priority of a task.

use serde::Serialize;
use utoipa::ToSchema;

/// How much it matters. Read in any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Not at all, or unknown.
    None = 0,
    /// Little.
    Low = 1,
    /// As usual.
    Medium = 2,
    /// Much.
    High = 3,
}

impl Priority {
    /// Reads a name in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "none" => Some(Self::None),
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            _ => None,
        }
    }

    /// Reads the value of the column; an unknown one is `Medium`.
    pub(crate) fn from_rank(rank: i16) -> Self {
        match rank {
            0 => Self::None,
            1 => Self::Low,
            3 => Self::High,
            _ => Self::Medium,
        }
    }

    /// The value of the column, by which lists are sorted.
    pub(crate) fn rank(self) -> i16 {
        self as i16
    }
}
