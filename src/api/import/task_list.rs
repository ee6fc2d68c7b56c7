//! Reads the JSON of an import: a list of tasks, or an object whose member `tasks` is that list.
//!
//! Parses, validates and drops each task before the next one. The whole document is never in memory as a tree.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use better_auth_guard::json::Unambiguous;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::api::error::{ApiError, ApiResult};
use crate::api::field_errors::FieldError;
use crate::api::import::drafts::ImportReader;

/// Maximum nesting within a task. An export has 2 levels: the task and its tags.
const MAX_DEPTH: usize = 8;
/// Maximum number of JSON values within a task, and outside the list of tasks. An exported task has about 50.
const MAX_VALUES: usize = 1000;

/// Reads the tasks of a text into `tasks`.
///
/// # Errors
/// [`ApiError::Malformed`]: the text is not JSON, repeats a member, or exceeds a limit. [`ApiError::ValidationFailed`]: the text is not a
/// list of tasks, or has too many tasks.
pub(crate) fn read(text: &[u8], tasks: &mut ImportReader) -> ApiResult<()> {
    let mut rejection = None;
    let mut is_list = false;
    let mut json = serde_json::Deserializer::from_slice(text);
    let body = Body { tasks, rejection: &mut rejection, is_list: &mut is_list, is_member: false };
    let read = json.deserialize_any(body).and_then(|()| json.end());
    match (read, rejection) {
        (_, Some(error)) => Err(error),
        (Err(problem), None) => Err(ApiError::Malformed(format!("The body is not valid JSON: {problem}."))),
        (Ok(()), None) if !is_list => Err(ApiError::ValidationFailed(
            FieldError::body(
                "The body must be a list of tasks, as an export has it, or an object with this list in tasks",
            )
            .into(),
        )),
        (Ok(()), None) => Ok(()),
    }
}

/// The body, or its member `tasks`.
struct Body<'d> {
    tasks: &'d mut ImportReader,
    /// The error that stopped reading, if it is not a syntax error.
    rejection: &'d mut Option<ApiError>,
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        *self.is_list = true;
        while let Some(()) = list.next_element_seed(Task { tasks: self.tasks, rejection: self.rejection })? {}
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
                let (tasks, rejection, is_list) = (&mut *self.tasks, &mut *self.rejection, &mut *self.is_list);
                members.next_value_seed(Body { tasks, rejection, is_list, is_member: true })?;
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
    tasks: &'d mut ImportReader,
    rejection: &'d mut Option<ApiError>,
}

impl<'de> DeserializeSeed<'de> for Task<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut stop = |error| {
            *self.rejection = Some(error);
            D::Error::custom("reading stopped")
        };
        self.tasks.check_capacity().map_err(&mut stop)?;
        let values = Cell::new(MAX_VALUES);
        let task = Unambiguous::within(MAX_DEPTH, &values).deserialize(deserializer)?;
        self.tasks.push(task).map_err(stop)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::api::ignored_input::IgnoredInput;
    use crate::api::import::drafts::Mode;

    fn read_text(text: &str) -> ApiResult<usize> {
        let mut tasks = ImportReader::new(Mode::Strict, Utc::now(), IgnoredInput::default());
        read(text.as_bytes(), &mut tasks)?;
        tasks.finish().map(|(imports, _)| imports.len())
    }

    #[track_caller]
    fn assert_malformed(text: &str) {
        assert!(matches!(read_text(text), Err(ApiError::Malformed(_))), "{text}");
    }

    #[test]
    fn reads_both_shapes() {
        let list = r#"[{"title":"a"},{"title":"b","tags":[{"name":"x"}],"more":{"a":[1,{"b":2}]}}]"#;
        assert_eq!(read_text(list).unwrap(), 2);
        assert_eq!(read_text(&format!(r#"{{"total":2,"tasks":{list},"next":{{"a":1}}}}"#)).unwrap(), 2);
        assert_eq!(read_text("[]").unwrap(), 0);
    }

    #[test]
    fn rejects_any_other_value() {
        for text in ["{}", "1", "-1", "1.5", "true", "null", "\"[]\"", r#"{"tasks":{"tasks":[]}}"#, r#"{"tasks":null}"#]
        {
            let error = read_text(text).unwrap_err();
            assert_eq!(
                error.to_string(),
                "The body must be a list of tasks, as an export has it, or an object with this list in tasks",
                "{text}"
            );
        }
    }

    #[test]
    fn reports_syntax_errors_before_invalid_values() {
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
    fn limits_nesting_and_values() {
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
    fn stops_at_the_10_001st_task() {
        let tasks = |count: usize| vec![r#"{"title":"a"}"#; count].join(",");
        assert_eq!(read_text(&format!("[{}]", tasks(10_000))).unwrap(), 10_000);
        // the rest is not JSON and is not read
        let error = read_text(&format!("[{},{{]", tasks(10_000))).unwrap_err();
        assert_eq!(error.to_string(), "The body must have at most 10000 tasks");
    }
}
