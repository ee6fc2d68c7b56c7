//! The reason why a credential was rejected.

use crate::authorization_mistake::AuthorizationMistake;
use crate::credential_kind::CredentialKind;

/// An invalid credential.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidCredential {
    /// The kind of the credential.
    pub kind: CredentialKind,
    /// The check that failed.
    pub reason: CredentialErrorReason,
}

/// The check that failed. Logged, not returned: the response shows only whether the credential has expired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialErrorReason {
    /// Two `Authorization` headers, or one that is not UTF-8.
    AmbiguousHeader,
    /// `Bearer` without a credential.
    EmptyBearer,
    /// A text that is no credential, such as `undefined`.
    NotACredential(AuthorizationMistake),
    /// Longer than 16 KiB, or 64 KiB for `session_data`.
    TooLong,
    /// Not in the format `token.signature`, or invalid base64url or JSON.
    Malformed,
    /// `crit`, `zip`, a key or another unsupported header parameter (RFC 8725 sections 3.6 and 3.10).
    UnsupportedHeader,
    /// A `typ` of another kind of token, or claims of one (RFC 8725 section 3.11).
    ForeignType,
    /// The algorithm is not allowed, or is not the key's algorithm.
    AlgorithmNotAllowed,
    /// The key set has no key with this `kid`.
    UnknownKey,
    /// The signature is invalid.
    BadSignature,
    /// A missing or invalid time claim, or `iat` in the future.
    BadTimes,
    /// `exp`, or the session's `expiresAt`, has passed.
    Expired,
    /// `nbf` is in the future.
    NotYetValid,
    /// The user's claim is missing, empty, too long, or contains NUL.
    NoUser,
    /// `aud` is not an accepted value.
    ForeignAudience,
    /// `iss` is not an accepted value.
    ForeignIssuer,
    /// No session has this token (signed out, revoked or unknown), or a required `session_data` is missing.
    NoSession,
    /// `session_data` has another session token, or contradictory members.
    OtherSession,
    /// `session_data` has another `cookieCache.version`.
    OtherVersion,
    /// The session's user no longer exists.
    NoSuchUser,
    /// The session's user is banned.
    Banned,
}

impl CredentialErrorReason {
    /// Returns the reason code for logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::AmbiguousHeader => "ambiguous_header",
            Self::EmptyBearer => "empty_bearer",
            Self::NotACredential(mistake) => mistake.code(),
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::UnsupportedHeader => "unsupported_header",
            Self::ForeignType => "foreign_type",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::BadTimes => "bad_times",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::NoUser => "no_user",
            Self::ForeignAudience => "foreign_audience",
            Self::ForeignIssuer => "foreign_issuer",
            Self::NoSession => "no_session",
            Self::OtherSession => "other_session",
            Self::OtherVersion => "other_version",
            Self::NoSuchUser => "no_such_user",
            Self::Banned => "banned",
        }
    }

    /// Returns what the client sent instead of a credential, and what it must send, as two clauses.
    ///
    /// `None` if the text may be a credential. The reason is then for logs only.
    pub fn advice(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::NotACredential(mistake) => Some((mistake.cause(), mistake.change())),
            Self::EmptyBearer => Some((
                "the text after Bearer is empty",
                "let the front end wait for its token (authClient.token()) before it sends requests",
            )),
            Self::TooLong => Some((
                "the credential is longer than any credential of Better Auth",
                "reduce the claims of the token (definePayload of the jwt plugin)",
            )),
            _ => None,
        }
    }

    /// Returns whether the credential has expired. A new sign-in or a renewal helps.
    pub fn is_expired(self) -> bool {
        self == Self::Expired
    }
}
