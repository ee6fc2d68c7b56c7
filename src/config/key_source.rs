//! The source of public keys for JWTs.

use std::path::PathBuf;

use better_auth_guard::endpoints::{self, EndpointError, key_set_url};
use url::Url;

use crate::config::settings_reader::SettingsReader;

/// The source of public keys. See [`crate::jwks`] for its behavior if the source is unreachable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// Only the key set at `JWKS_URL`.
    Url(Url),
    /// Only the key set in `JWKS_FILE`.
    File(PathBuf),
    /// The key set of Better Auth at `BETTER_AUTH_URL`. If it is unavailable, Better Auth's `jwks` table.
    BetterAuth(Url),
    /// Only Better Auth's `jwks` table in the database.
    Table,
}

/// Reads `JWKS_URL`, `JWKS_FILE` and `JWKS_ALLOW_HTTP`. They take precedence over `BETTER_AUTH_URL`.
pub(crate) fn key_source(reader: &mut SettingsReader<'_>, base_url: Option<&str>) -> KeySource {
    let allow_http = reader.flag("JWKS_ALLOW_HTTP");
    let url = reader.optional("JWKS_URL", |text| match Url::parse(text) {
        Ok(url) => check(&url, allow_http).map(|()| url),
        Err(_) => Err(ACCEPTED_URL),
    });
    match (url, reader.text("JWKS_FILE")) {
        (Some(url), file) => {
            if file.is_some() {
                reader.warnings.push("JWKS_FILE is ignored, because JWKS_URL is set".into());
            }
            KeySource::Url(url)
        }
        (None, Some(file)) => KeySource::File(file.into()),
        (None, None) => base_url.map_or(KeySource::Table, |base| better_auth(reader, base, allow_http)),
    }
}

/// Derives the URL of the key set from `BETTER_AUTH_URL`.
///
/// An unsuitable URL is a warning and no error, because no setting names this URL.
fn better_auth(reader: &mut SettingsReader<'_>, base_url: &str, allow_http: bool) -> KeySource {
    // the reader of BETTER_AUTH_URL reports an invalid URL
    let Ok(url) = Url::parse(base_url).map(key_set_url) else { return KeySource::Table };
    match check(&url, allow_http) {
        Ok(()) => KeySource::BetterAuth(url),
        Err(problem) => {
            reader.warnings.push(format!(
                "BETTER_AUTH_URL {problem}, to fetch its key set; public keys are read only from Better Auth's jwks table"
            ));
            KeySource::Table
        }
    }
}

const ACCEPTED_URL: &str = "must be an http or https URL, such as https://app.example.com/api/auth/jwks";

/// Checks the URL of a key set. It must be `https`, except on this machine or with `JWKS_ALLOW_HTTP=true`.
///
/// An attacker who modifies a key set in transit can authenticate as any user.
fn check(url: &Url, allow_http: bool) -> Result<(), &'static str> {
    endpoints::check(url, allow_http).map_err(|error| match error {
        EndpointError::HasUserInfo => "must not contain a user name or a password",
        EndpointError::PlainHttp => "must be https, except on this machine or with JWKS_ALLOW_HTTP=true",
        EndpointError::NotHttp => ACCEPTED_URL,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the source from these variables. Returns it with all problems and warnings.
    fn read(variables: &[(&str, &str)]) -> (KeySource, Vec<String>) {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        let mut reader = SettingsReader::new(&lookup);
        let base = reader.text("BETTER_AUTH_URL");
        let source = key_source(&mut reader, base.as_deref());
        (source, [reader.problems, reader.warnings].concat())
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn explicit_settings_take_precedence_over_the_base_url() {
        let base = ("BETTER_AUTH_URL", "https://app.example.com");
        let file = ("JWKS_FILE", "keys.json");
        let set = ("JWKS_URL", "https://id.example.com/keys?v=1");
        assert_eq!(read(&[]), (KeySource::Table, vec![]));
        assert_eq!(read(&[base]), (KeySource::BetterAuth(url("https://app.example.com/api/auth/jwks")), vec![]));
        assert_eq!(read(&[base, file]), (KeySource::File("keys.json".into()), vec![]));
        assert_eq!(read(&[base, set]), (KeySource::Url(url("https://id.example.com/keys?v=1")), vec![]));
        let (source, messages) = read(&[base, file, set]);
        assert_eq!(source, KeySource::Url(url("https://id.example.com/keys?v=1")));
        assert!(messages.len() == 1 && messages[0].starts_with("JWKS_FILE "), "{messages:?}");
    }

    #[test]
    fn the_path_of_the_base_url_is_that_of_better_auths_routes() {
        for (base, keys) in [
            ("http://localhost:3000/", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:3000?x#y", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:3000/api/auth/", "http://localhost:3000/api/auth/jwks"),
            ("https://example.com/app/auth", "https://example.com/app/auth/jwks"),
        ] {
            assert_eq!(read(&[("BETTER_AUTH_URL", base)]).0, KeySource::BetterAuth(url(keys)), "{base}");
        }
    }

    #[test]
    fn plain_http_is_accepted_only_on_this_machine() {
        for local in ["http://localhost:3000/k", "http://LOCALHOST/k", "http://127.0.0.9/k", "http://[::1]:1/k"] {
            assert_eq!(read(&[("JWKS_URL", local)]), (KeySource::Url(url(local)), vec![]));
        }
        for remote in ["http://10.0.0.1/k", "http://localhost.example.com/k", "http://x.localhost/k", "http://[::2]/k"]
        {
            let (_, messages) = read(&[("JWKS_URL", remote)]);
            assert!(messages.len() == 1 && messages[0].starts_with("JWKS_URL must be https"), "{remote}: {messages:?}");
            let (source, messages) = read(&[("BETTER_AUTH_URL", remote)]);
            assert_eq!(source, KeySource::Table);
            assert!(
                messages.len() == 1 && messages[0].starts_with("BETTER_AUTH_URL must be https"),
                "{remote}: {messages:?}"
            );
            let allowed = ("JWKS_ALLOW_HTTP", "true");
            assert_eq!(read(&[("JWKS_URL", remote), allowed]), (KeySource::Url(url(remote)), vec![]));
            assert!(matches!(read(&[("BETTER_AUTH_URL", remote), allowed]).0, KeySource::BetterAuth(_)));
        }
    }

    #[test]
    fn invalid_urls_are_rejected_and_not_printed() {
        let invalid =
            ["ftp://x", "file:///etc/passwd", "keys.json", "https://", "https://me:hunter2@x/k", "https://me@x/k"];
        for text in invalid {
            let (_, messages) = read(&[("JWKS_URL", text), ("JWKS_ALLOW_HTTP", "true")]);
            assert!(
                messages.len() == 1 && messages[0].starts_with("JWKS_URL must ") && !messages[0].contains("hunter2"),
                "{messages:?}"
            );
        }
        let (source, messages) = read(&[("BETTER_AUTH_URL", "https://me:hunter2@x")]);
        assert_eq!(source, KeySource::Table);
        assert!(messages.len() == 1 && !messages[0].contains("hunter2"), "{messages:?}");
    }
}
