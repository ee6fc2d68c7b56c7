//! Settings of lists, and of the JSON of tasks.

use crate::config::settings_reader::SettingsReader;

/// Settings of lists, and of the JSON of tasks.
#[derive(Clone, Copy, Debug)]
pub struct ListSettings {
    /// The JSON shape of a list.
    pub shape: ListShape,
    /// The JSON format of tasks.
    pub format: TaskFormat,
    /// The maximum number of rows of one response. Default: 1,000.
    pub max: i64,
    /// The number of days that deleted tasks stay in the trash. Default: 30.
    pub trash_days: i64,
}

/// The JSON shape of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListShape {
    /// `[…]`
    Array,
    /// `{"tasks":[…],"total":n,…}`
    Tasks,
    /// `{"success":true,"data":{"tasks":[…],"total":n}}`
    Data,
}

/// The JSON format of tasks in responses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TaskFormat {
    /// The JSON shape of the response with one task.
    pub shape: TaskShape,
    /// Whether a task also has `userId`, `createdAt`, `updatedAt` and `dueDate`.
    pub camel_case: bool,
}

/// The JSON shape of the response with one task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TaskShape {
    /// The task.
    #[default]
    Plain,
    /// `{"task":…}`
    Task,
    /// `{"success":true,"data":…}`
    Data,
}

pub(crate) fn lists(reader: &mut SettingsReader<'_>) -> ListSettings {
    let shape = reader.read("LIST_SHAPE", "array", |text| match text {
        "array" => Ok(ListShape::Array),
        "tasks" => Ok(ListShape::Tasks),
        "data" => Ok(ListShape::Data),
        _ => Err("must be array, tasks or data"),
    });
    let wrapped = if shape == ListShape::Data { TaskShape::Data } else { TaskShape::Task };
    let task_shape = reader.read("TASK_SHAPE", "plain", |text| match text {
        "plain" => Ok(TaskShape::Plain),
        "wrapped" => Ok(wrapped),
        _ => Err("must be plain or wrapped"),
    });
    ListSettings {
        shape,
        format: TaskFormat { shape: task_shape, camel_case: reader.flag("CAMEL_CASE") },
        max: reader.number("MAX_LIST", 1000, 1, 100_000),
        trash_days: reader.number("TRASH_DAYS", 30, 1, 36_500),
    }
}
