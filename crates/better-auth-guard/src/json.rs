//! Parses JSON, and rejects objects with repeated members at any depth.
//!
//! RFC 8259 section 4 does not define repeated names, so two parsers may return different values for one text. A credential or a
//! body must have one meaning.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The maximum nesting depth. A request's body needs 5 levels: a list of operations, their tags, and objects with names.
const MAX_DEPTH: usize = 64;
/// The maximum number of values. A value needs many times the memory of its text.
const MAX_VALUES: usize = 100_000;

/// Parses a text as one JSON value without repeated members.
///
/// # Errors
/// Invalid syntax, more than 64 levels or 100,000 values, invalid UTF-8, or a repeated member.
pub fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    let remaining_values = Cell::new(MAX_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Unambiguous::within(MAX_DEPTH, &remaining_values).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Parses a value without repeated members, within limits.
#[derive(Clone, Copy)]
pub struct Unambiguous<'b> {
    remaining_depth: usize,
    remaining_values: &'b Cell<usize>,
}

impl<'b> Unambiguous<'b> {
    /// Limits the nesting depth, and the number of values. Each parsed value decrements `remaining_values`.
    pub fn within(remaining_depth: usize, remaining_values: &'b Cell<usize>) -> Self {
        Self { remaining_depth, remaining_values }
    }

    /// Returns the limits for the values of a list or an object.
    fn inner<E: Error>(self) -> Result<Self, E> {
        let remaining_depth =
            self.remaining_depth.checked_sub(1).ok_or_else(|| E::custom("it is nested too deeply"))?;
        Ok(Self { remaining_depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Unambiguous<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let remaining = self.remaining_values.get().checked_sub(1);
        self.remaining_values.set(remaining.ok_or_else(|| D::Error::custom("it has too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let inner = self.inner()?;
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom("an object has the same member twice"));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_repeated_members_at_any_depth() {
        assert!(parse(br#"{"a":1,"b":2}"#).is_ok());
        assert!(parse(br#"{"a":1,"a":1}"#).is_err());
        assert!(parse(br#"{"a":[{"b":1,"\u0062":2}]}"#).is_err());
    }

    #[test]
    fn rejects_invalid_json() {
        for text in ["", "{", "{} x", "[1e999]", "\u{feff}{}", "'a'", r#""\ud800""#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse("[".repeat(4000).as_bytes()).is_err());
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok() && parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        let many = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert!(parse(many(MAX_VALUES - 1).as_bytes()).is_ok() && parse(many(MAX_VALUES).as_bytes()).is_err());
    }
}
