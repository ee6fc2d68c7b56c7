//! Recognizes texts that clients send instead of a credential.

/// What a client sent instead of a credential: another scheme, or a text that is no token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AuthorizationMistake {
    /// `Basic`: a user name and a password, often of a proxy.
    Basic,
    /// Another scheme than `Bearer`.
    OtherScheme,
    /// A credential without a scheme.
    NoScheme,
    /// `Bearer Bearer …`
    RepeatedScheme,
    /// `undefined`: JavaScript's text of a variable without a value.
    Undefined,
    /// `null`: JavaScript's text of no value.
    Null,
    /// `[object Object]`, `[object Promise]`: JavaScript's text of an object.
    Object,
    /// `true`, `false`, `NaN`, `None`: the text of a value that is no token.
    Value,
    /// `<token>`, `{{token}}`, `${TOKEN}`, `$TOKEN`: a placeholder of a template.
    Placeholder,
    /// `{"token":"…"}`: the whole response of `/api/auth/token`.
    Json,
    /// `"…"`: a token in quotes.
    Quoted,
}

impl AuthorizationMistake {
    /// Recognizes the text after `Bearer`, or the value of the session cookie. `None`: it may be a credential.
    pub(crate) fn of_credential(text: &str) -> Option<Self> {
        let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let starts_with =
            |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let is_quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
        match text {
            _ if is_one_of(&["undefined"]) => Some(Self::Undefined),
            _ if is_one_of(&["null"]) => Some(Self::Null),
            _ if is_one_of(&["true", "false", "NaN", "None", "nil"]) => Some(Self::Value),
            _ if starts_with("[object") => Some(Self::Object),
            _ if starts_with("Bearer ") => Some(Self::RepeatedScheme),
            _ if text.starts_with("{{") || text.starts_with(['<', '$']) => Some(Self::Placeholder),
            _ if text.starts_with('{') => Some(Self::Json),
            _ if is_quoted('"') || is_quoted('\'') => Some(Self::Quoted),
            _ => None,
        }
    }

    /// Recognizes an `Authorization` header that does not have the scheme `Bearer`.
    pub(crate) fn of_header(value: &str) -> Self {
        match value.split_once(' ') {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("basic") => Self::Basic,
            Some((scheme, _)) if !scheme.contains(['.', ':', '[', '{', '"', '\'']) => Self::OtherScheme,
            _ => Self::of_credential(value).unwrap_or(Self::NoScheme),
        }
    }

    /// Returns the code for logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Basic => "basic_scheme",
            Self::OtherScheme => "other_scheme",
            Self::NoScheme => "no_scheme",
            Self::RepeatedScheme => "repeated_scheme",
            Self::Undefined => "text_undefined",
            Self::Null => "text_null",
            Self::Object => "text_object",
            Self::Value => "text_value",
            Self::Placeholder => "text_placeholder",
            Self::Json => "text_json",
            Self::Quoted => "text_quoted",
        }
    }

    /// Returns what the client sent, as a clause.
    pub fn cause(self) -> &'static str {
        match self {
            Self::Basic => "the Authorization header has the scheme Basic, which has a user name and a password",
            Self::OtherScheme => "the Authorization header has another scheme than Bearer",
            Self::NoScheme => "the Authorization header does not start with the word Bearer and a space",
            Self::RepeatedScheme => "the word Bearer is repeated",
            Self::Undefined => "the credential is the word undefined: the client sent a variable without a value",
            Self::Null => "the credential is the word null: the client has no token",
            Self::Object => "the credential is the text of a JavaScript object, such as [object Object]",
            Self::Value => "the credential is a word such as true, NaN or None instead of a token",
            Self::Placeholder => "the credential is a placeholder, such as <token> or $TOKEN, instead of its value",
            Self::Json => "the credential is JSON instead of a token",
            Self::Quoted => "the credential is in quotes",
        }
    }

    /// Returns what the client must send, as a clause.
    pub fn change(self) -> &'static str {
        match self {
            Self::Basic | Self::OtherScheme => "send Authorization: Bearer and a token, or the session cookie",
            Self::NoScheme | Self::RepeatedScheme => {
                "send Authorization: Bearer, one space and the token, or the session cookie"
            }
            Self::Undefined | Self::Null | Self::Value => {
                "sign in and wait for the token (authClient.token()), then send it as Authorization: Bearer"
            }
            Self::Object | Self::Json => {
                "send only the text of the token (data.token of authClient.token()) as Authorization: Bearer"
            }
            Self::Placeholder => "replace the placeholder with the token of /api/auth/token",
            Self::Quoted => "send the token without quotes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuthorizationMistake::*;
    use super::*;

    #[test]
    fn texts_of_programs_are_recognized() {
        for (text, expected) in [
            ("undefined", Undefined),
            ("Undefined", Undefined),
            ("null", Null),
            ("[object Object]", Object),
            ("[object Promise]", Object),
            ("true", Value),
            ("NaN", Value),
            ("None", Value),
            ("<token>", Placeholder),
            ("${TOKEN}", Placeholder),
            ("$TOKEN", Placeholder),
            ("{{token}}", Placeholder),
            (r#"{"token":"eyJ"}"#, Json),
            (r#""eyJ.a.b""#, Quoted),
            ("'eyJ.a.b'", Quoted),
            ("Bearer eyJ.a.b", RepeatedScheme),
        ] {
            assert_eq!(AuthorizationMistake::of_credential(text), Some(expected), "{text}");
        }
        for text in ["", "eyJ.a.b", "6DLBcOCD6gxRQrKG", "6DLB.BLH7%3D", "nullable", "undefined.x", "ünï", "\""] {
            assert_eq!(AuthorizationMistake::of_credential(text), None, "{text}");
        }
    }

    #[test]
    fn schemes_are_recognized() {
        for (value, expected) in [
            ("Basic dXNlcjpwYXNz", Basic),
            ("basic dXNlcjpwYXNz", Basic),
            ("Token abc", OtherScheme),
            ("JWT eyJ.a.b", OtherScheme),
            ("Digest username=x", OtherScheme),
            ("eyJ.a.b", NoScheme),
            ("6DLBcOCD6gxRQrKG", NoScheme),
            ("Bearer:eyJ.a.b", NoScheme),
            ("Bearer: eyJ.a.b", NoScheme),
            ("BearereyJ.a.b", NoScheme),
            ("", NoScheme),
            ("undefined", Undefined),
            ("[object Object]", Object),
            (r#"{"token": "eyJ"}"#, Json),
        ] {
            assert_eq!(AuthorizationMistake::of_header(value), expected, "{value}");
        }
    }
}
