//! Version conditions of writes.

/// A condition on the version of a task (`If-Match`, RFC 9110 section 13.1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum VersionCondition {
    /// Any version.
    #[default]
    Any,
    /// One of these versions. An empty list never matches.
    Versions(Vec<i64>),
}

impl VersionCondition {
    /// Returns whether a version meets the condition.
    pub(crate) fn is_met_by(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}
