//! The parameters of a PostgreSQL URL that concern TLS.

use std::borrow::Cow;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use crate::db::postgres_url::query;

/// The values that require TLS.
const REQUIRE_TLS: [(&str, &[&str]); 4] = [
    ("sslmode", &["require", "verify-ca", "verify-full"]),
    ("sslrootcert", &["system"]),
    ("sslnegotiation", &["direct"]),
    ("channel_binding", &["require"]),
];

/// Returns whether a parameter requires TLS.
pub(crate) fn requires_tls(url: &str) -> bool {
    parameters(url).any(|(name, value)| {
        REQUIRE_TLS.iter().any(|(required, values)| *required == name && values.contains(&&*value))
    })
}

/// Checks the combination of `sslrootcert=system` with `sslmode`.
///
/// # Errors
/// With another mode than `verify-full`, a server with any certificate of a public authority would be accepted.
pub(crate) fn check(url: &str) -> Result<(), &'static str> {
    let has_other_mode = parameters(url).any(|(name, value)| name == "sslmode" && value != "verify-full");
    if uses_system_certificates(url) && has_other_mode {
        return Err("must have sslmode=verify-full with sslrootcert=system");
    }
    Ok(())
}

/// Replaces `sslrootcert=system` by the file with the authorities that this system trusts, if there is one.
///
/// OpenSSL's own default is a path of the machine that built it. A release binary has OpenSSL built in, so this path may not exist.
pub(crate) fn with_system_certificates(url: &str) -> Cow<'_, str> {
    match openssl_probe::probe().cert_file {
        Some(file) if uses_system_certificates(url) => with_certificates(url, &file).into(),
        _ => url.into(),
    }
}

/// Replaces `sslrootcert=system` by `file`. Without `system`, `sslmode` has another default, so it is added.
fn with_certificates(url: &str, file: &Path) -> String {
    let Some(query) = query(url) else { return url.to_owned() };
    let base = url.strip_suffix(query).unwrap_or(url);
    let file = utf8_percent_encode(&file.to_string_lossy(), NON_ALPHANUMERIC).to_string();
    let kept = query.split('&').filter(|pair| !matches!(pair.split('=').next(), Some("sslrootcert" | "sslmode")));
    let added = [format!("sslrootcert={file}"), "sslmode=verify-full".to_owned()];
    let pairs: Vec<&str> = kept.chain(added.iter().map(String::as_str)).collect();
    format!("{base}{}", pairs.join("&"))
}

fn uses_system_certificates(url: &str) -> bool {
    parameters(url).any(|(name, value)| name == "sslrootcert" && value == "system")
}

fn parameters(url: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query(url).unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_required_by_parameters_only() {
        for url in [
            "postgres://h/d?sslmode=require",
            "postgresql://me:p%40ss@h1:5432,h2:5433/d?application_name=x&sslmode=verify-full",
            "postgres:///d?host=%2Frun%2Fpostgresql&sslmode=verify-ca",
            "postgres://me:why?@h/d?sslmode=require",
            "postgres://h/d?sslrootcert=system",
            "postgres://h/d?channel_binding=require",
        ] {
            assert!(requires_tls(url), "{url}");
        }
        for url in [
            "postgres://h/d",
            "postgres://h/d?sslmode=prefer&channel_binding=prefer",
            "postgres://me:sslmode=require@h/d",
            "postgres://h/d?application_name=sslmode%3Drequire",
            "postgres://h/d?xsslmode=require",
        ] {
            assert!(!requires_tls(url), "{url}");
        }
    }

    #[test]
    fn system_certificates_need_verify_full() {
        for mode in ["", "&sslmode=verify-full"] {
            assert_eq!(check(&format!("postgres://h/d?sslrootcert=system{mode}")), Ok(()));
        }
        for mode in ["require", "verify-ca", "prefer", "disable"] {
            assert!(check(&format!("postgres://h/d?sslmode={mode}&sslrootcert=system")).is_err(), "{mode}");
            assert_eq!(check(&format!("postgres://h/d?sslmode={mode}&sslrootcert=%2Fca.pem")), Ok(()));
        }
    }

    #[test]
    fn system_certificates_are_those_of_a_file() {
        let file = Path::new("/etc/ssl/ca certificates.pem");
        let expected = "sslrootcert=%2Fetc%2Fssl%2Fca%20certificates%2Epem&sslmode=verify-full";
        for (url, expected) in [
            ("postgres://h/d?sslrootcert=system", format!("postgres://h/d?{expected}")),
            (
                "postgres://me:a?b@h/d?connect_timeout=7&sslmode=verify-full&sslrootcert=system&options=x",
                format!("postgres://me:a?b@h/d?connect_timeout=7&options=x&{expected}"),
            ),
        ] {
            assert_eq!(with_certificates(url, file), expected);
        }
        assert_eq!(with_system_certificates("postgres://h/d?sslmode=require"), "postgres://h/d?sslmode=require");
    }
}
