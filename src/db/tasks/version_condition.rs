//! The versions that a write is meant for.

/// The condition of a write on the version of the task (`If-Match`, RFC 9110 section 13.1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum VersionCondition {
    /// Any version.
    #[default]
    Any,
    /// One of these versions. An empty list never matches.
    Versions(Vec<i64>),
}

impl VersionCondition {
    /// Whether a version meets the condition.
    pub(crate) fn fits(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}
