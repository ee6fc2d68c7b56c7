//! What a field of a task has to define.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};

/// The reason why a value is refused: the rest of the sentence "FIELD …".
pub(crate) type Problem = Cow<'static, str>;

/// The result of [`Field::load`].
pub(crate) type Loaded<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A member of a task in JSON.
pub(crate) trait Member {
    /// The type of the value.
    type Value: Clone + PartialEq + Eq + Debug;

    /// The name in JSON, then its aliases. The first of them that a body has is read.
    const NAMES: &'static [&'static str];

    /// Whether a task can be without a value, `null` in JSON.
    const NULLABLE: bool;

    /// The rules for a value, for the description of a request.
    const RULES: &'static str;

    /// Reads a value. `null` removes it, or sets the default.
    ///
    /// # Errors
    /// The reason why the value is refused.
    fn read(value: Value) -> Result<Self::Value, Problem>;

    /// The value of a new task whose body has none.
    fn default() -> Self::Value;

    /// The schema of a value that is not `null`.
    fn schema() -> RefOr<Schema>;

    /// The value in JSON.
    fn json(value: &Self::Value) -> impl Serialize;
}

/// A [`Member`] with columns of its own, which every statement names.
pub(crate) trait Field: Member {
    /// The values of the columns, in their order.
    type Columns: Clone + Debug + Default;

    /// Makes the values of the columns.
    fn store(value: &Self::Value) -> Self::Columns;

    /// Makes the value from the columns.
    ///
    /// # Errors
    /// The columns have values that the service never stores.
    fn load(columns: Self::Columns) -> Loaded<Self::Value>;
}

/// A schema among the components of the document.
pub(crate) fn component(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}
