//! Why a credential was refused: a code for the log, and the little that its sender may learn.

use crate::auth::credential_kind::CredentialKind;

/// A credential that was there and is not good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CredentialError {
    /// What it was taken for.
    pub kind: CredentialKind,
    /// The check that failed.
    pub reason: CredentialErrorReason,
}

/// The check that failed. For the log alone: a client is told only whether the credential has expired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CredentialErrorReason {
    /// Two `Authorization` headers, or one that is no text.
    AmbiguousHeader,
    /// `Bearer` with nothing behind it.
    EmptyBearer,
    /// Longer than 8 KiB; `session_data`: than 64 KiB.
    TooLong,
    /// Not of the form `token.signature`, or not the JSON that a JWT must be.
    Malformed,
    /// `crit`, `zip` or a key in the header (RFC 8725 sections 3.6 and 3.10).
    UnsupportedHeader,
    /// A `typ` that names another kind of token (RFC 8725 section 3.11).
    ForeignType,
    /// An algorithm that is not allowed, or not the key's.
    AlgorithmNotAllowed,
    /// No key of the set has this `kid`.
    UnknownKey,
    /// The signature does not fit.
    BadSignature,
    /// `exp`, `nbf` or `iat` missing where required, not a number, or `iat` in the future.
    BadTimes,
    /// `exp`, or the session's `expiresAt`, has passed.
    Expired,
    /// `nbf` is still to come.
    NotYetValid,
    /// The claim that names the user is missing or empty.
    NoUser,
    /// `aud` is not ours.
    ForeignAudience,
    /// `iss` is not ours.
    ForeignIssuer,
    /// No session has this token: signed out, revoked, or never one; or there is no `session_data`, which is where sessions are.
    NoSession,
    /// The session in `session_data` is not that of the session token beside it, or it says two things of whose it is.
    OtherSession,
    /// `session_data` is of another `cookieCache.version`.
    OtherVersion,
    /// The session's user does not exist any more.
    NoSuchUser,
    /// The session's user is banned.
    Banned,
}

impl CredentialErrorReason {
    /// The name used in logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::AmbiguousHeader => "ambiguous_header",
            Self::EmptyBearer => "empty_bearer",
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

    /// Whether the sender may be told that signing in again (or renewing) is all that is needed.
    pub fn is_expiry(self) -> bool {
        self == Self::Expired
    }
}
