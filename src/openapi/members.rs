//! The members of a JSON object.

use serde_json::{Value, json};

/// Iterates over the members of an object; over none if the value is not an object.
pub(crate) fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flat_map(|members| members.iter_mut())
}

/// Builds the schema of an object whose properties are all required.
pub(crate) fn object(properties: Value) -> Value {
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(|members| members.keys()).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}
