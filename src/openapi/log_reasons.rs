//! The values of `reason=` in log lines about credentials, for the page of errors.

use better_auth_guard::{AuthorizationMistake as Mistake, CredentialErrorReason as Reason};

use crate::api::error::ErrorCode;
use crate::api::error_details::capitalized;

/// A value of `reason=` in the log.
pub struct LogReason {
    /// The value.
    pub code: &'static str,
    /// What the service found.
    pub meaning: String,
    /// What a client or an operator does about it.
    pub remedy: String,
}

/// The reasons of rejected credentials.
const REASONS: [Reason; 20] = [
    Reason::AmbiguousHeader,
    Reason::EmptyBearer,
    Reason::TooLong,
    Reason::Malformed,
    Reason::UnsupportedHeader,
    Reason::ForeignType,
    Reason::AlgorithmNotAllowed,
    Reason::UnknownKey,
    Reason::BadSignature,
    Reason::BadTimes,
    Reason::Expired,
    Reason::NotYetValid,
    Reason::NoUser,
    Reason::ForeignAudience,
    Reason::ForeignIssuer,
    Reason::NoSession,
    Reason::OtherSession,
    Reason::OtherVersion,
    Reason::NoSuchUser,
    Reason::Banned,
];

/// The texts that clients send instead of a credential.
const MISTAKES: [Mistake; 11] = [
    Mistake::Basic,
    Mistake::OtherScheme,
    Mistake::NoScheme,
    Mistake::RepeatedScheme,
    Mistake::Undefined,
    Mistake::Null,
    Mistake::Object,
    Mistake::Value,
    Mistake::Placeholder,
    Mistake::Json,
    Mistake::Quoted,
];

/// The reasons of valid credentials that are not authorized. They equal the code of the response.
const DENIALS: [ErrorCode; 2] = [ErrorCode::NotOwner, ErrorCode::OriginNotTrusted];

/// Lists all reasons: of rejected credentials, of requests without one, and of denied requests.
pub fn log_reasons() -> Vec<LogReason> {
    let rejected = REASONS.iter().map(|reason| {
        let (meaning, remedy) = describe(*reason);
        LogReason { code: reason.code(), meaning: meaning.to_owned(), remedy: remedy.to_owned() }
    });
    let mistakes = MISTAKES.iter().map(|mistake| LogReason {
        code: mistake.code(),
        meaning: sentence(mistake.cause()),
        remedy: sentence(mistake.change()),
    });
    let denials = DENIALS.iter().map(|code| LogReason {
        code: code.as_str(),
        meaning: code.meaning().to_owned(),
        remedy: code.remedy().to_owned(),
    });
    rejected.chain(mistakes).chain(denials).collect()
}

/// Turns a clause of the guard into a sentence. A placeholder in it becomes code.
fn sentence(clause: &str) -> String {
    format!("{}.", capitalized(clause)).replace("<token>", "`<token>`")
}

/// Returns what a reason means, and what to do about it.
fn describe(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::AmbiguousHeader => {
            ("The request has two `Authorization` headers, or one that is not UTF-8.", "Send one header.")
        }
        Reason::EmptyBearer => (
            "No credential follows the word `Bearer`.",
            "Let the front end wait for its token (`authClient.token()`) before it sends requests.",
        ),
        Reason::NotACredential(_) => ("The text is no credential.", "Send the token alone."),
        Reason::TooLong => (
            "The credential has more than 16 KiB, or the cookie `session_data` more than 64 KiB.",
            "Reduce the claims of the token (`definePayload` of the jwt plugin).",
        ),
        Reason::Malformed => (
            "The credential is neither a JWT nor a session token with its signature.",
            "Send the JWT of `/api/auth/token`, or the value of the session cookie as it was set. `session.token` of a client has no \
             signature: send the cookie instead, or set `BEARER_UNSIGNED=true`.",
        ),
        Reason::UnsupportedHeader => (
            "The header of the JWT has `crit`, `zip`, a key, or another parameter that the service refuses.",
            "Send the JWT of `/api/auth/token`. Remove the parameter in the program that signs the JWT.",
        ),
        Reason::ForeignType => (
            "The token is of another kind: an ID token, an access token of an OAuth provider, or the content of `session_data`.",
            "Send the JWT of `/api/auth/token`.",
        ),
        Reason::AlgorithmNotAllowed => (
            "The algorithm of the JWT is not in `JWT_ALGORITHMS`, or is not that of its key.",
            "Add the algorithm to `JWT_ALGORITHMS`, or correct `BETTER_AUTH_URL`.",
        ),
        Reason::UnknownKey => (
            "The key set has no key with the `kid` of the JWT. With `outcome=undecided` (503), the key set cannot be fetched.",
            "Correct `BETTER_AUTH_URL` or `JWKS_URL`, or renew `JWKS_FILE`. The line `public keys loaded` has the source of the keys.",
        ),
        Reason::BadSignature => (
            "The signature is not valid: another secret or another key signed the credential.",
            "Give the service the `BETTER_AUTH_SECRET` of Better Auth, byte for byte and without quotes. `task-api doctor` compares them.",
        ),
        Reason::BadTimes => (
            "The JWT has no `exp`, a time that is not a number, or an `iat` in the future.",
            "Sign the JWT with `exp`. Compare the clocks of both machines; 60 s are tolerated.",
        ),
        Reason::Expired => (
            "The JWT or the session has expired.",
            "Get a new JWT, or sign in again. If new credentials have expired, compare the clocks.",
        ),
        Reason::NotYetValid => {
            ("`nbf` of the JWT is in the future.", "Compare the clocks of both machines; 60 s are tolerated.")
        }
        Reason::NoUser => (
            "The claim of the user (`sub`, or `JWT_USER_CLAIM`) is missing, empty, too long, or contains NUL.",
            "Set `JWT_USER_CLAIM` to the claim of the issuer. The token of an e-mail verification link gives no access.",
        ),
        Reason::ForeignAudience => (
            "`aud` of the JWT is not the origin of `BETTER_AUTH_URL`, or not in `JWT_AUDIENCE`.",
            "Set `JWT_AUDIENCE` to the value that the issuer signs (`jwt.audience` of the jwt plugin).",
        ),
        Reason::ForeignIssuer => (
            "`iss` of the JWT is not the origin of `BETTER_AUTH_URL`, or not in `JWT_ISSUER`.",
            "Set `JWT_ISSUER` to the value that the issuer signs (`jwt.issuer` of the jwt plugin).",
        ),
        Reason::NoSession => (
            "No session has this token: it was signed out or revoked, it is in another database, or the value is that of another cookie.",
            "Sign in again. Operator: the service must read the sessions of Better Auth (`DATABASE_URL`, `SESSION_SOURCE`).",
        ),
        Reason::OtherSession => (
            "The cookie `session_data` is that of another session, or its members contradict each other.",
            "Sign in again.",
        ),
        Reason::OtherVersion => (
            "The cookie `session_data` has another version.",
            "Set `SESSION_CACHE_VERSION` to `cookieCache.version` of Better Auth.",
        ),
        Reason::NoSuchUser => ("The user of the session no longer exists.", "Sign in as another user."),
        Reason::Banned => ("The user is banned.", "Lift the ban with the admin plugin of Better Auth."),
    }
}
