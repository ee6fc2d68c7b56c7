//! Builds OpenAPI schemas from the field definitions.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType, Type,
};

use crate::task::field::Member;
use crate::task::text::string;

/// Adds a required property.
pub(crate) fn required(
    object: ObjectBuilder,
    name: &str,
    about: &str,
    schema: impl Into<RefOr<Schema>>,
) -> ObjectBuilder {
    object.property(name, described(schema.into(), about)).required(name)
}

/// Adds a member of a task in responses.
pub(crate) fn response_member<M: Member>(object: ObjectBuilder, about: &str) -> ObjectBuilder {
    let schema = if M::NULLABLE { nullable(M::schema()) } else { M::schema() };
    required(object, M::NAMES[0], about.trim(), schema)
}

/// Adds an optional, nullable member of a task in requests. Its description has its rules and its aliases.
pub(crate) fn request_member<M: Member>(object: ObjectBuilder, about: &str) -> ObjectBuilder {
    object.property(M::NAMES[0], described(nullable(M::schema()), &request_text::<M>(about)))
}

/// Writes the description of a member of a request.
pub(crate) fn request_text<M: Member>(about: &str) -> String {
    let aliases: Vec<String> = M::NAMES[1..].iter().map(|name| format!("`{name}`")).collect();
    let aliases = match aliases.as_slice() {
        [] => String::new(),
        [alias] => format!("Also called {alias}."),
        [others @ .., last] => format!("Also called {} and {last}.", others.join(", ")),
    };
    let parts = [about.trim(), M::RULES, &aliases];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Sets the description of a schema.
pub(crate) fn described(schema: RefOr<Schema>, about: &str) -> RefOr<Schema> {
    let about = about.to_owned();
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = about;
            RefOr::Ref(reference)
        }
        RefOr::T(Schema::Object(mut object)) => {
            object.description = Some(about);
            Schema::Object(object).into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = Some(about);
            Schema::Array(array).into()
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.description = Some(about);
            Schema::OneOf(one_of).into()
        }
        other => other,
    }
}

/// Makes a schema accept `null`.
pub(crate) fn nullable(schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    let or_null = |schema_type: SchemaType| match schema_type {
        SchemaType::Type(known) => SchemaType::from_iter([known, Type::Null]),
        other => other,
    };
    match schema.into() {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = or_null(object.schema_type);
            Schema::Object(object).into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = or_null(array.schema_type);
            Schema::Array(array).into()
        }
        other => OneOfBuilder::new().item(other).item(Object::with_type(Type::Null)).into(),
    }
}

/// Creates the schema of an instant.
pub(crate) fn instant() -> ObjectBuilder {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

/// Creates the schema of a 64-bit integer.
pub(crate) fn integer() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
}
