//! Reads the JSON of an import: a list of tasks, or an object with such a list as `tasks`.
//!
//! Each task is parsed, checked and dropped before the next. The text is never in memory as a tree.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::FieldError;
use crate::api::import::drafts::ImportReader;
use crate::json::Unambiguous;

/// The deepest nesting within a task. An export has 2 levels: the task and its tags.
const MAX_DEPTH: usize = 8;
/// The most JSON values within a task, and beside the list of tasks. An export has about 50.
const MAX_VALUES: usize = 1000;

/// Reads the tasks of a text into `drafts`.
///
/// # Errors
/// [`ApiError::Malformed`]: it is not JSON, has a member twice, or exceeds a bound. [`ApiError::ValidationFailed`]: it is not a list of tasks,
/// or there are too many.
pub(crate) fn read(text: &[u8], drafts: &mut ImportReader) -> ApiResult<()> {
    let mut refused = None;
    let mut is_list = false;
    let mut json = serde_json::Deserializer::from_slice(text);
    let body = Body { drafts, refused: &mut refused, is_list: &mut is_list, is_member: false };
    let read = json.deserialize_any(body).and_then(|()| json.end());
    match (read, refused) {
        (_, Some(error)) => Err(error),
        (Err(problem), None) => Err(ApiError::Malformed(format!("The body is not valid JSON: {problem}."))),
        (Ok(()), None) if !is_list => {
            Err(ApiError::ValidationFailed(FieldError::body("The body must be a list of tasks").into()))
        }
        (Ok(()), None) => Ok(()),
    }
}

/// The body, or its member `tasks`.
struct Body<'d> {
    drafts: &'d mut ImportReader,
    /// Why reading stopped, if the reason is not in the syntax.
    refused: &'d mut Option<ApiError>,
    is_list: &'d mut bool,
    is_member: bool,
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tasks")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut tasks: A) -> Result<(), A::Error> {
        *self.is_list = true;
        while let Some(()) = tasks.next_element_seed(Task { drafts: self.drafts, refused: self.refused })? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let values = Cell::new(MAX_VALUES);
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom("an object has the same member twice"));
            }
            if name == "tasks" && !self.is_member {
                let (drafts, refused, is_list) = (&mut *self.drafts, &mut *self.refused, &mut *self.is_list);
                members.next_value_seed(Body { drafts, refused, is_list, is_member: true })?;
            } else {
                members.next_value_seed(Unambiguous::within(MAX_DEPTH, &values))?;
            }
            names.insert(name);
        }
        Ok(())
    }
}

/// One task of the list.
struct Task<'d> {
    drafts: &'d mut ImportReader,
    refused: &'d mut Option<ApiError>,
}

impl<'de> DeserializeSeed<'de> for Task<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut stop = |error| {
            *self.refused = Some(error);
            D::Error::custom("reading stopped")
        };
        self.drafts.check_room().map_err(&mut stop)?;
        let values = Cell::new(MAX_VALUES);
        let task = Unambiguous::within(MAX_DEPTH, &values).deserialize(deserializer)?;
        self.drafts.push(task).map_err(stop)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn read_text(text: &str) -> ApiResult<usize> {
        let mut drafts = ImportReader::new(Utc::now());
        read(text.as_bytes(), &mut drafts)?;
        drafts.checked().map(|imports| imports.len())
    }

    #[track_caller]
    fn assert_malformed(text: &str) {
        assert!(matches!(read_text(text), Err(ApiError::Malformed(_))), "{text}");
    }

    #[test]
    fn both_shapes_are_read() {
        let list = r#"[{"title":"a"},{"title":"b","tags":[{"name":"x"}],"more":{"a":[1,{"b":2}]}}]"#;
        assert_eq!(read_text(list).unwrap(), 2);
        assert_eq!(read_text(&format!(r#"{{"total":2,"tasks":{list},"next":{{"a":1}}}}"#)).unwrap(), 2);
        assert_eq!(read_text("[]").unwrap(), 0);
    }

    #[test]
    fn any_other_value_is_no_list() {
        for text in ["{}", "1", "-1", "1.5", "true", "null", "\"[]\"", r#"{"tasks":{"tasks":[]}}"#, r#"{"tasks":null}"#]
        {
            let error = read_text(text).unwrap_err();
            assert_eq!(error.to_string(), "The body must be a list of tasks", "{text}");
        }
    }

    #[test]
    fn syntax_comes_before_values() {
        for text in [
            "",
            "[",
            r#"[{"title":""}"#,
            r#"[{"title":""},]"#,
            "[] x",
            r#"[{"title":"a","title":"b"}]"#,
            r#"{"tasks":[],"tasks":[]}"#,
            r#"{"a":1,"a":1,"tasks":[]}"#,
            r#"{"a":{"b":1,"b":1},"tasks":[]}"#,
        ] {
            assert_malformed(text);
        }
    }

    #[test]
    fn nesting_and_values_are_bounded() {
        let nested = |depth: usize| format!(r#"[{{"title":"a","x":{}{}}}]"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(read_text(&nested(MAX_DEPTH - 1)).unwrap(), 1);
        assert_malformed(&nested(MAX_DEPTH));
        assert_malformed(&nested(5000));
        let many = |count: usize| format!(r#"[{{"title":"a","x":[{}]}}]"#, vec!["0"; count].join(","));
        assert_eq!(read_text(&many(MAX_VALUES - 3)).unwrap(), 1);
        assert_malformed(&many(MAX_VALUES));
        assert_malformed(&format!(r#"{{"x":[{}],"tasks":[]}}"#, vec!["0"; MAX_VALUES].join(",")));
    }

    #[test]
    fn it_stops_at_the_10_001st_task() {
        let tasks = |count: usize| vec![r#"{"title":"a"}"#; count].join(",");
        assert_eq!(read_text(&format!("[{}]", tasks(10_000))).unwrap(), 10_000);
        // what follows is no JSON, and is not read
        let error = read_text(&format!("[{},{{]", tasks(10_000))).unwrap_err();
        assert_eq!(error.to_string(), "The body must have at most 10000 tasks");
    }
}
