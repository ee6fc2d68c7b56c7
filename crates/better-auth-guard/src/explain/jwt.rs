//! Explains why a JWT was rejected. Reads unverified claims, for the explanation only.

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::algorithm::Algorithm;
use crate::explain::context::Context;
use crate::explain::finding::{Finding, format_duration, quoted, redact};
use crate::explain::setting::Setting;
use crate::explain::unverified_jwt::UnverifiedJwt;
use crate::invalid_credential::CredentialErrorReason;
use crate::jwt::{CLIENT_CLAIMS, ClaimCheck};
use crate::key_set::KeySet;
use crate::source_location::SourceLocation;

/// Describes the JWT by its unverified header and claims.
pub(crate) fn describe(context: &Context<'_>, token: &str) -> String {
    let jwt = UnverifiedJwt::parse(token);
    let expiry = jwt.time("exp").map(|expiry| match expiry < context.facts.now {
        true => format!(", expired {} ago", format_duration(context.facts.now - expiry)),
        false => format!(", expires in {}", format_duration(expiry - context.facts.now)),
    });
    format!(
        "a JWT as Bearer: {}, algorithm {}, key {}, issuer {}{}",
        redact(token),
        jwt.algorithm(),
        jwt.key(),
        jwt.texts("iss"),
        expiry.unwrap_or_default()
    )
}

/// Returns the cause and fix of a rejected JWT.
pub(crate) fn explain_rejection(context: &Context<'_>, reason: CredentialErrorReason) -> Finding {
    let rules = &context.policy.jwt;
    let jwt = UnverifiedJwt::parse(context.presented.text());
    let distance = |time: Option<DateTime<Utc>>| {
        time.map_or("an unreadable time".into(), |time| format_duration(context.facts.now - time))
    };
    match reason {
        CredentialErrorReason::UnknownKey => unknown_key(context, &jwt),
        CredentialErrorReason::BadSignature => bad_signature(context, &jwt),
        CredentialErrorReason::Expired => (
            format!("the token expired {} ago", distance(jwt.time("exp"))),
            "fetch a new token before each expiry (authClient.token()); if the token is new, compare the clocks of both machines".into(),
        ),
        CredentialErrorReason::NotYetValid => (
            format!("the token becomes valid in {} (nbf)", distance(jwt.time("nbf"))),
            "compare the clocks of both machines".into(),
        ),
        CredentialErrorReason::BadTimes => match jwt.time("iat").filter(|issued| *issued > context.facts.now) {
            Some(issued) => (
                format!("the token was issued {} in the future (iat)", format_duration(issued - context.facts.now)),
                "compare the clocks of both machines".into(),
            ),
            None => (
                "exp is missing, or exp, iat or nbf is not a number".into(),
                "sign tokens with exp, iat and nbf as Unix seconds".into(),
            ),
        },
        CredentialErrorReason::NoUser => no_user(context, &jwt),
        CredentialErrorReason::ForeignAudience => foreign_claim(context, "audience", &jwt.texts("aud"), Setting::Audience, &rules.audience),
        CredentialErrorReason::ForeignIssuer => foreign_claim(context, "issuer", &jwt.texts("iss"), Setting::Issuer, &rules.issuer),
        CredentialErrorReason::ForeignType => foreign_type(&jwt),
        CredentialErrorReason::AlgorithmNotAllowed => algorithm(context, &jwt),
        CredentialErrorReason::UnsupportedHeader => (
            "the token's header has an extension, compression or an embedded key".into(),
            "sign tokens with the header members alg, kid and typ only, as the jwt plugin does".into(),
        ),
        CredentialErrorReason::Malformed
        // the other reasons do not apply to JWTs or were explained before
        | CredentialErrorReason::AmbiguousHeader
        | CredentialErrorReason::EmptyBearer
        | CredentialErrorReason::NotACredential(_)
        | CredentialErrorReason::TooLong
        | CredentialErrorReason::NoSession
        | CredentialErrorReason::OtherSession
        | CredentialErrorReason::OtherVersion
        | CredentialErrorReason::NoSuchUser
        | CredentialErrorReason::Banned => (
            "the token is not a valid JWT: a part is not JSON, or has a duplicate member".into(),
            "send the complete token unchanged, as /api/auth/token returned it".into(),
        ),
    }
}

fn unknown_key(context: &Context<'_>, jwt: &UnverifiedJwt) -> Finding {
    let cause = format!(
        "the token is signed with {}, but its key {} is not in the key set {} ({} keys)",
        jwt.algorithm(),
        jwt.key(),
        context.key_source,
        context.keys().map_or(0, KeySet::len)
    );
    let issuer = jwt.claims.get("iss").and_then(Value::as_str).and_then(|text| Url::parse(text).ok());
    let is_elsewhere = match context.key_source {
        SourceLocation::Url(url) => issuer.as_ref().is_some_and(|issuer| issuer.origin() != url.origin()),
        SourceLocation::Other(_) => false,
    };
    let base_url = context.name(Setting::BaseUrl);
    let fix = match issuer.filter(|_| is_elsewhere) {
        Some(issuer) => {
            format!("check {base_url}: the issuer of the token is {}", quoted(&issuer.origin().ascii_serialization()))
        }
        None => format!(
            "check {base_url} (or {}); if the front end's keys were replaced, fetch a new token",
            context.name(Setting::JwksOrTable)
        ),
    };
    (cause, fix)
}

fn bad_signature(context: &Context<'_>, jwt: &UnverifiedJwt) -> Finding {
    if !jwt.is_hs256() {
        let cause = format!("the signature does not match the key {}", jwt.key());
        return (cause, "the token was modified or truncated: send it unchanged".into());
    }
    let name = context.name(Setting::JwtSecret);
    (
        "the token is signed with HS256, but the signature does not match any configured secret".into(),
        format!(
            "set {name} to the secret of the token's issuer, byte for byte, without quotes (the jwt plugin itself does not use HS256)"
        ),
    )
}

fn no_user(context: &Context<'_>, jwt: &UnverifiedJwt) -> Finding {
    let claim = context.policy.jwt.user_claim.join(".");
    let has = |name: &&str| {
        let mut names = name.split('.');
        let first = names.next().and_then(|name| jwt.claims.get(name));
        names
            .try_fold(first, |value, name| Some(value?.get(name)))
            .flatten()
            .is_some_and(|value| value.is_string() || value.is_i64())
    };
    let is_email_verification =
        jwt.is_hs256() && jwt.claims.get("email").is_some_and(Value::is_string) && !jwt.claims.contains_key("id");
    if is_email_verification {
        return (
            format!("the claim {claim} is missing: this is the token of an e-mail verification link"),
            "send the token of /api/auth/token, or the session cookie; tokens from e-mails are not accepted".into(),
        );
    }
    let named: Vec<&str> = ["sub", "id", "userId", "user_id", "uid", "user.id"].into_iter().filter(has).collect();
    let claims = match named.as_slice() {
        [] => "no common claim identifies a user".to_owned(),
        named => format!("claims that may identify the user: {}", named.join(", ")),
    };
    (
        format!("the claim {claim} is missing or is not a user id; {claims}"),
        format!("set {} to the claim with the user id", context.name(Setting::UserClaim)),
    )
}

/// Explains a rejected `aud` or `iss`.
fn foreign_claim(context: &Context<'_>, noun: &str, value: &str, setting: Setting, check: &ClaimCheck) -> Finding {
    let (setting, base_url) = (context.name(setting), context.name(Setting::BaseUrl));
    let accepted = check.accepted().join(", ");
    let rule = match check {
        ClaimCheck::BaseUrl(_) => {
            format!("only {accepted} is accepted, because {base_url} is set and {setting} is not")
        }
        ClaimCheck::Off | ClaimCheck::Configured(_) => format!("{setting} accepts only {accepted}"),
    };
    let fix = format!(
        "if the jwt plugin of your Better Auth signed the token, set {setting} to its jwt.{noun} (default: its base URL); if an OAuth \
         provider issued the token to a third party, send the token of /api/auth/token instead"
    );
    (format!("the {noun} is {value}, but {rule}"), fix)
}

fn foreign_type(jwt: &UnverifiedJwt) -> Finding {
    let client_claims: Vec<&str> = CLIENT_CLAIMS.into_iter().filter(|name| jwt.claims.contains_key(*name)).collect();
    let cause = match jwt.header("typ") {
        Some(typ) if typ.eq_ignore_ascii_case("at+jwt") => {
            "this is an access token of an OAuth provider (at+jwt)".to_owned()
        }
        Some(typ) if !["jwt", "application/jwt"].contains(&typ.to_ascii_lowercase().as_str()) => {
            format!("this is a token of another type: typ is {}", quoted(typ))
        }
        _ if jwt.is_hs256() || client_claims.is_empty() => "this is the value of the cookie session_data".to_owned(),
        _ => format!(
            "this is an ID token or an access token that an OAuth provider issued to a third party: its claims include {}, and its audience is {}",
            client_claims.join(", "),
            jwt.texts("aud")
        ),
    };
    (cause, "send the token of /api/auth/token, or the session cookie".into())
}

fn algorithm(context: &Context<'_>, jwt: &UnverifiedJwt) -> Finding {
    let names = |list: &[Algorithm]| list.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ");
    let accepted = &context.policy.jwt.algorithms;
    match jwt.header("alg").and_then(Algorithm::from_name) {
        Some(named) if accepted.contains(&named) => (
            format!(
                "the token is signed with {}, but its key {} is for another algorithm ({})",
                named.name(),
                jwt.key(),
                names(&context.keys().map(KeySet::algorithms).unwrap_or_default())
            ),
            format!(
                "check {}: the key set and the token come from different front ends",
                context.name(Setting::BaseUrl)
            ),
        ),
        _ => (
            format!("the token is signed with {}, but only {} are accepted", jwt.algorithm(), names(accepted)),
            format!(
                "set {}, or jwks.keyPairConfig.alg of the jwt plugin, to EdDSA, ES256, ES512, RS256 or PS256",
                context.name(Setting::Algorithms)
            ),
        ),
    }
}
