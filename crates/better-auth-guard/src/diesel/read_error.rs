//! Why Better Auth's tables cannot be read.

use crate::diesel::ambiguous_instant::UnknownTimestamp;
use crate::diesel::tables::TablesError;

/// Why Better Auth's tables cannot be read. The text contains no token and no key.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A query failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    /// A table is missing or ambiguous.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// A timestamp has an unknown format.
    #[error(transparent)]
    Timestamp(#[from] UnknownTimestamp),
}
