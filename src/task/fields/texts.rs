//! Title and description.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::task::field::{Member, Problem};
use crate::task::text::{MultiLineText, SingleLineText};

/// `title`
pub(crate) struct Title;

impl Title {
    pub(crate) const LIMITS: SingleLineText = SingleLineText { min: 1, max: 200 };
}

impl Member for Title {
    type Value = String;
    const NAMES: &'static [&'static str] = &["title"];
    const NULLABLE: bool = false;
    const RULES: &'static str = "1 to 200 characters after trimming, without line breaks and other control characters.";

    fn read(value: Value) -> Result<String, Problem> {
        Self::LIMITS.read(value)
    }

    fn default() -> String {
        String::new()
    }

    fn schema() -> RefOr<Schema> {
        Self::LIMITS.schema().into()
    }

    fn json(value: &String) -> impl Serialize {
        value
    }
}

/// `description`
pub(crate) struct Description;

impl Description {
    pub(crate) const LIMITS: MultiLineText = MultiLineText { max: 1000 };
}

impl Member for Description {
    type Value = Option<String>;
    const NAMES: &'static [&'static str] = &["description"];
    const NULLABLE: bool = true;
    const RULES: &'static str = "Stored unchanged.";

    fn read(value: Value) -> Result<Option<String>, Problem> {
        Self::LIMITS.read(value)
    }

    fn default() -> Option<String> {
        None
    }

    fn schema() -> RefOr<Schema> {
        Self::LIMITS.schema().into()
    }

    fn json(value: &Option<String>) -> impl Serialize {
        value
    }
}
