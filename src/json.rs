//! JSON that says one thing: an object with a repeated member is refused, at any depth.
//!
//! RFC 8259 section 4 leaves repeated names open, so two readers may see two values in one text. Where a credential or a body
//! is judged, that is not acceptable.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The deepest nesting of a text. The body of a request needs 5 levels: a list of operations, their tags, and objects with names.
const MAX_DEPTH: usize = 64;
/// The most values of a text: each takes many times its text in memory.
const MAX_VALUES: usize = 100_000;

/// Parses a text as one JSON value without repeated members.
///
/// # Errors
/// Bad syntax, more than 64 levels or 100,000 values, bytes that are not UTF-8, or a repeated member.
pub fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    let values = Cell::new(MAX_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Unambiguous::within(MAX_DEPTH, &values).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value without repeated members, within bounds.
#[derive(Clone, Copy)]
pub struct Unambiguous<'b> {
    depth: usize,
    values: &'b Cell<usize>,
}

impl<'b> Unambiguous<'b> {
    /// Bounds the nesting, and the number of values: `values` is what is left of it.
    pub fn within(depth: usize, values: &'b Cell<usize>) -> Self {
        Self { depth, values }
    }

    /// The bounds within a list or an object.
    fn inner<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("it is nested too deeply"))?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Unambiguous<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.values.get().checked_sub(1).ok_or_else(|| D::Error::custom("it has too many values"))?;
        self.values.set(left);
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
    fn a_repeated_member_is_refused_at_any_depth() {
        assert!(parse(br#"{"a":1,"b":2}"#).is_ok());
        assert!(parse(br#"{"a":1,"a":1}"#).is_err());
        assert!(parse(br#"{"a":[{"b":1,"\u0062":2}]}"#).is_err());
    }

    #[test]
    fn what_is_no_json_is_refused() {
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
