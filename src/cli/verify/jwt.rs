//! Why a JWT was refused. What is read of it here is a stranger's words, and decides nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use crate::auth::{Algorithm, CLIENT_CLAIMS, ClaimCheck, CredentialErrorReason};
use crate::cli::describe_sources;
use crate::cli::verify::finding::{Finding, quoted, redact, span};
use crate::cli::verify::input::{Verification, VerificationInput};
use crate::config::KeySource;
use crate::json;

/// Header and claims, as far as they can be read.
struct Words {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Words {
    fn of(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| {
            let text = URL_SAFE_NO_PAD.decode(part).ok()?;
            json::parse(&text).ok()?.as_object().cloned()
        });
        let mut next = || parts.next().flatten().unwrap_or_default();
        Self { header: next(), claims: next() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    fn algorithm(&self) -> String {
        self.header("alg").map_or("no algorithm".into(), quoted)
    }

    fn key(&self) -> String {
        self.header("kid").map_or("(it names none)".into(), quoted)
    }

    fn is_hs256(&self) -> bool {
        self.header("alg") == Some(Algorithm::Hs256.name())
    }

    fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.claims.get(name)?.as_f64()? as i64, 0)
    }

    /// Texts of a claim that is one or a list of them.
    fn texts(&self, name: &str) -> String {
        match self.claims.get(name) {
            Some(Value::String(text)) => quoted(text),
            Some(Value::Array(list)) => {
                list.iter().filter_map(Value::as_str).map(quoted).collect::<Vec<_>>().join(", ")
            }
            _ => "missing".into(),
        }
    }
}

pub(crate) fn found(case: &VerificationInput<'_>, token: &str) -> String {
    let words = Words::of(token);
    let end = words.time("exp").map(|end| match end < case.now {
        true => format!(", expired {} ago", span(case.now - end)),
        false => format!(", expires in {}", span(end - case.now)),
    });
    format!(
        "a JWT as Bearer: {}, algorithm {}, key {}, issuer {}{}",
        redact(token),
        words.algorithm(),
        words.key(),
        words.texts("iss"),
        end.unwrap_or_default()
    )
}

pub(crate) fn refused(case: &VerificationInput<'_>, verdict: &Verification, reason: CredentialErrorReason) -> Finding {
    let auth = &case.config.auth;
    let token = case.header.credential(&auth.cookie).unwrap_or_default();
    let words = Words::of(&token);
    let ago =
        |time: Option<DateTime<Utc>>| time.map_or("at a time that cannot be read".into(), |time| span(case.now - time));
    match reason {
        CredentialErrorReason::UnknownKey => unknown_key(case, verdict, &words),
        CredentialErrorReason::BadSignature => bad_signature(case, &words),
        CredentialErrorReason::Expired => (
            format!("the token expired {} ago", ago(words.time("exp"))),
            "fetch a new one before each expiry (authClient.token()); if it is new, compare the clocks of both machines".into(),
        ),
        CredentialErrorReason::NotYetValid => (
            format!("the token is valid only in {}", ago(words.time("nbf"))),
            "compare the clocks of both machines".into(),
        ),
        CredentialErrorReason::BadTimes => match words.time("iat").filter(|issued| *issued > case.now) {
            Some(issued) => (
                format!("the token was issued {} from now", span(issued - case.now)),
                "compare the clocks of both machines".into(),
            ),
            None => (
                "exp is missing, or a time of the token is no number".into(),
                "sign tokens with exp, iat and nbf in seconds since 1970".into(),
            ),
        },
        CredentialErrorReason::NoUser => no_user(&auth.user_claim, &words),
        CredentialErrorReason::ForeignAudience => foreign_claim("audience", &words.texts("aud"), "JWT_AUDIENCE", &auth.audience),
        CredentialErrorReason::ForeignIssuer => foreign_claim("issuer", &words.texts("iss"), "JWT_ISSUER", &auth.issuer),
        CredentialErrorReason::ForeignType => foreign_type(&words),
        CredentialErrorReason::AlgorithmNotAllowed => algorithm(case, verdict, &words),
        CredentialErrorReason::UnsupportedHeader => (
            "the token's header has an extension, compression, or a key of its own".into(),
            "sign tokens as the jwt plugin does: with alg, kid and typ alone".into(),
        ),
        CredentialErrorReason::Malformed
        // these are not about JWTs, or were explained before
        | CredentialErrorReason::AmbiguousHeader
        | CredentialErrorReason::EmptyBearer
        | CredentialErrorReason::TooLong
        | CredentialErrorReason::NoSession
        | CredentialErrorReason::OtherSession
        | CredentialErrorReason::OtherVersion
        | CredentialErrorReason::NoSuchUser
        | CredentialErrorReason::Banned => (
            "the token is no JWT: a part of it is no JSON, or has a member twice".into(),
            "send it whole, as /api/auth/token gave it out".into(),
        ),
    }
}

fn unknown_key(case: &VerificationInput<'_>, verdict: &Verification, words: &Words) -> Finding {
    let keys = &case.config.auth.keys;
    let cause = format!(
        "the token is signed with {}, and its key {} is not in the set {} ({} keys)",
        words.algorithm(),
        words.key(),
        describe_sources::of_keys(keys),
        verdict.keys.len()
    );
    let issuer = words.claims.get("iss").and_then(Value::as_str).and_then(|text| Url::parse(text).ok());
    let is_elsewhere = match keys {
        KeySource::FrontEnd(url) | KeySource::Url(url) => {
            issuer.as_ref().is_some_and(|issuer| issuer.origin() != url.origin())
        }
        KeySource::File(_) | KeySource::Table => false,
    };
    let change = match issuer.filter(|_| is_elsewhere) {
        Some(issuer) => format!(
            "is BETTER_AUTH_URL right? The token says that it comes from {}",
            quoted(&issuer.origin().ascii_serialization())
        ),
        None => "is BETTER_AUTH_URL right (or JWKS_URL, JWKS_FILE, DATABASE_URL)? If the front end's keys were made anew, fetch a new token".into(),
    };
    (cause, change)
}

fn bad_signature(case: &VerificationInput<'_>, words: &Words) -> Finding {
    if !words.is_hs256() {
        let cause = format!("the key {} is known, and the signature is not its own", words.key());
        return (cause, "the token was changed or cut on its way: send it as it was given out".into());
    }
    let name = if case.config.auth.jwt_secret.is_some() { "JWT_SECRET" } else { "BETTER_AUTH_SECRET" };
    (
        "the token is signed with HS256, and the signature does not fit any configured secret".into(),
        format!(
            "is {name} the same as that of whoever signed it, byte for byte, without quotes? (The jwt plugin itself does not use HS256.)"
        ),
    )
}

fn no_user(path: &[String], words: &Words) -> Finding {
    let claim = path.join(".");
    let has = |name: &&str| {
        let mut names = name.split('.');
        let first = names.next().and_then(|name| words.claims.get(name));
        names
            .try_fold(first, |value, name| Some(value?.get(name)))
            .flatten()
            .is_some_and(|value| value.is_string() || value.is_i64())
    };
    let is_link =
        words.is_hs256() && words.claims.get("email").is_some_and(Value::is_string) && !words.claims.contains_key("id");
    if is_link {
        return (
            format!("there is no {claim}: this is an e-mail verification link's token"),
            "send the token of /api/auth/token, or the session cookie; what stands in a mailbox opens nothing here"
                .into(),
        );
    }
    let named: Vec<&str> = ["sub", "id", "userId", "user_id", "uid", "user.id"].into_iter().filter(has).collect();
    let claims = match named.as_slice() {
        [] => "no usual claim names a user here".to_owned(),
        named => format!("claims that name a user here are: {}", named.join(", ")),
    };
    (
        format!("there is no {claim} that names a user; {claims}"),
        "set JWT_USER_CLAIM to the claim that holds the user's id".into(),
    )
}

/// `aud` or `iss` is not accepted.
fn foreign_claim(noun: &str, found: &str, setting: &str, check: &ClaimCheck) -> Finding {
    let accepted = check.accepted().join(", ");
    let rule = match check {
        ClaimCheck::BaseUrl(_) => {
            format!("{accepted} is accepted, because BETTER_AUTH_URL is set and {setting} is not")
        }
        ClaimCheck::Off | ClaimCheck::Configured(_) => format!("{accepted} is configured"),
    };
    let change = format!(
        "if the jwt plugin of your Better Auth signed it, set {setting} to its jwt.{noun} (or else to its base URL); if an OAuth \
         provider issued it to a third party, send the token of /api/auth/token instead"
    );
    (format!("the {noun} is {found}, and {rule}"), change)
}

fn foreign_type(words: &Words) -> Finding {
    let of_client: Vec<&str> = CLIENT_CLAIMS.into_iter().filter(|name| words.claims.contains_key(*name)).collect();
    let cause = match words.header("typ") {
        Some(typ) if typ.eq_ignore_ascii_case("at+jwt") => {
            "this is an access token of an OAuth provider (at+jwt)".to_owned()
        }
        Some(typ) if !["jwt", "application/jwt"].contains(&typ.to_ascii_lowercase().as_str()) => {
            format!("this is a token of another kind: its typ is {}", quoted(typ))
        }
        _ if words.is_hs256() || of_client.is_empty() => "this is the content of the cookie session_data".to_owned(),
        _ => format!(
            "this is an ID token or an access token that an OAuth provider issued to a third party: it has {}, and its audience is {}",
            of_client.join(", "),
            words.texts("aud")
        ),
    };
    (cause, "send the token of /api/auth/token, or the session cookie".into())
}

fn algorithm(case: &VerificationInput<'_>, verdict: &Verification, words: &Words) -> Finding {
    let names = |list: &[Algorithm]| list.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ");
    let accepted = &case.config.auth.algorithms;
    match words.header("alg").and_then(Algorithm::from_name) {
        Some(named) if accepted.contains(&named) => (
            format!("the token is signed with {}, and its key {} is for another algorithm ({})", named.name(), words.key(), names(&verdict.keys.algorithms())),
            "is BETTER_AUTH_URL right? The key set and the token are not of one front end".into(),
        ),
        _ => (
            format!("the token is signed with {}, and accepted are {}", words.algorithm(), names(accepted)),
            "set JWT_ALGORITHMS, or jwks.keyPairConfig.alg of the jwt plugin, to one of EdDSA, ES256, ES512, RS256, PS256".into(),
        ),
    }
}
