//! JSON of what is answered most often.
//!
//! serde looks at each member's name anew for characters that have to be escaped, which takes three quarters of the time that the JSON
//! of a list needs. Names that are known when the service is compiled need no look. Only names: what has to be escaped in values is
//! left to serde_json.

use super::moment::Moment;
use crate::openapi::bodies;

/// What writes itself as JSON; the same that serde writes.
pub(super) trait Written {
    /// Appends the JSON.
    fn write(&self, out: &mut Vec<u8>);
}

/// Defines an object whose members are these fields, for serde and as [`Written`].
macro_rules! object {
    (
        $(#[$about:meta])*
        $visible:vis struct $name:ident { $($(#[$about_field:meta])* $field_visible:vis $field:ident: $kind:ty,)+ }
    ) => {
        $(#[$about])*
        $visible struct $name { $($(#[$about_field])* $field_visible $field: $kind,)+ }

        impl $crate::routes::written::Written for $name {
            fn write(&self, out: &mut Vec<u8>) {
                let start = out.len();
                $(
                    out.extend_from_slice(concat!(",\"", stringify!($field), "\":").as_bytes());
                    $crate::routes::written::Written::write(&self.$field, out);
                )+
                out[start] = b'{';
                out.push(b'}');
            }
        }
    };
}
pub(super) use object;

/// Writes a list.
pub(super) fn array<T: Written>(values: impl IntoIterator<Item = T>, out: &mut Vec<u8>) {
    let start = out.len();
    for value in values {
        out.push(b',');
        value.write(out);
    }
    match out.get_mut(start) {
        Some(first) => *first = b'[',
        None => out.push(b'['),
    }
    out.push(b']');
}

/// Values that serde writes.
macro_rules! values {
    ($($kind:ty),+) => {
        $(impl Written for $kind {
            fn write(&self, out: &mut Vec<u8>) {
                serde_json::to_writer(out, self).expect("a value of this type has a JSON, and memory takes it");
            }
        })+
    };
}

values!(i64, bool, String, Moment, bodies::Priority, bodies::RepeatFrom, bodies::Status);

impl<T: Written> Written for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: Written> Written for &T {
    fn write(&self, out: &mut Vec<u8>) {
        T::write(self, out);
    }
}

impl<T: Written> Written for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        array(self, out);
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};

    use super::*;

    object! {
        #[derive(serde::Serialize)]
        struct Things {
            number: i64,
            text: String,
            absent: Option<String>,
            there: Option<bool>,
            none: Vec<String>,
            some: Vec<String>,
            moment: Option<Moment>,
            day: Moment,
            priority: bodies::Priority,
            status: bodies::Status,
            repeat_from: bodies::RepeatFrom,
        }
    }

    fn things(number: i64, text: &str) -> Things {
        Things {
            number,
            text: text.into(),
            absent: None,
            there: Some(true),
            none: vec![],
            some: vec![text.into(), String::new(), "b".into()],
            moment: DateTime::from_timestamp_millis(1_795_000_000_007).map(Moment::exact),
            day: Moment::day(NaiveDate::default()),
            priority: bodies::Priority::High,
            status: bodies::Status::Pending,
            repeat_from: bodies::RepeatFrom::DueDate,
        }
    }

    #[test]
    fn it_says_what_serde_says() {
        let texts = ["", "plain", "\"\\/\n\r\t\u{0}\u{1f}\u{7f}\u{2028}", "Zürich \u{1f600}", "</script>"];
        for count in 0..=texts.len() {
            let all: Vec<Things> = texts[..count].iter().zip(-1..).map(|(text, number)| things(number, text)).collect();
            let mut out = b"before".to_vec();
            all.write(&mut out);
            let expected = serde_json::to_string(&all).expect("it has a JSON");
            assert_eq!(String::from_utf8(out).expect("it is text"), format!("before{expected}"));
        }
    }
}
