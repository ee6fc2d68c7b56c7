//! The priority of a task.

use serde::Serialize;
use utoipa::ToSchema;

/// The priority of a task. Requests may use any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// No priority.
    None = 0,
    /// Low.
    Low = 1,
    /// Medium, the default.
    Medium = 2,
    /// High.
    High = 3,
}

impl Priority {
    /// Parses a name in any case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "none" => Some(Self::None),
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            _ => None,
        }
    }

    /// Converts a column value. An unknown value becomes `Medium`.
    pub(crate) fn from_rank(rank: i16) -> Self {
        match rank {
            0 => Self::None,
            1 => Self::Low,
            3 => Self::High,
            _ => Self::Medium,
        }
    }

    /// Returns the column value. Lists are sorted by it.
    pub(crate) fn rank(self) -> i16 {
        self as i16
    }
}
