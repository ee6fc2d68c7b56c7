//! Traits for the fields of a task.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};

/// Why a value is invalid: the rest of the sentence "FIELD …".
pub(crate) type Problem = Cow<'static, str>;

/// The result of [`Field::load`].
pub(crate) type Loaded<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A member of a task in JSON.
pub(crate) trait Member {
    /// The type of the value.
    type Value: Clone + PartialEq + Eq + Debug;

    /// The name in JSON, then its aliases. The first name present in a body applies.
    const NAMES: &'static [&'static str];

    /// Whether the value can be `null`.
    const NULLABLE: bool;

    /// The rules for a value, for the description of a request's schema.
    const RULES: &'static str;

    /// Parses a value. `null` removes the value, or sets the default.
    ///
    /// # Errors
    /// The value is invalid.
    fn read(value: Value) -> Result<Self::Value, Problem>;

    /// Returns the value of a new task whose body has none.
    fn default() -> Self::Value;

    /// Returns the schema of a value other than `null`.
    fn schema() -> RefOr<Schema>;

    /// Returns the value in JSON.
    fn json(value: &Self::Value) -> impl Serialize;
}

/// A [`Member`] with its own columns. All task statements include them.
pub(crate) trait Field: Member {
    /// The values of the columns, in the order of the columns.
    type Columns: Clone + Debug + Default;

    /// Converts the value to column values.
    fn store(value: &Self::Value) -> Self::Columns;

    /// Converts column values to the value.
    ///
    /// # Errors
    /// The columns have invalid values. The service never stores them.
    fn load(columns: Self::Columns) -> Loaded<Self::Value>;
}

/// Returns a reference to a schema of the document's components.
pub(crate) fn component(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}
