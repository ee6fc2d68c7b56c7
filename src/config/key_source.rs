//! Where the public keys of JWTs come from.

use std::path::PathBuf;

use url::Url;

use crate::config::settings_reader::SettingsReader;
use crate::http_client::is_loopback;

/// The source of public keys; the doc of [`crate::jwks`] says what happens when it is away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// `JWKS_URL`, and nothing else.
    Url(Url),
    /// `JWKS_FILE`, and nothing else.
    File(PathBuf),
    /// The key set of the front end at `BETTER_AUTH_URL`; where it cannot be had, Better Auth's `jwks` table.
    FrontEnd(Url),
    /// Better Auth's `jwks` table in the database.
    Table,
}

/// Reads `JWKS_URL`, `JWKS_FILE` and `JWKS_ALLOW_HTTP`. What is set by name comes before what follows from `BETTER_AUTH_URL`.
pub(crate) fn key_source(reader: &mut SettingsReader<'_>, base_url: Option<&str>) -> KeySource {
    let allow_http = reader.flag("JWKS_ALLOW_HTTP", false);
    let url = reader.read("JWKS_URL", None, |text| match Url::parse(text) {
        Ok(url) => check(&url, allow_http).map(|()| Some(url)),
        Err(_) => Err(FORM),
    });
    match (url, reader.text("JWKS_FILE")) {
        (Some(url), file) => {
            if file.is_some() {
                reader.warnings.push("JWKS_FILE is not read, because JWKS_URL is set".into());
            }
            KeySource::Url(url)
        }
        (None, Some(file)) => KeySource::File(file.into()),
        (None, None) => base_url.map_or(KeySource::Table, |base| front_end(reader, base, allow_http)),
    }
}

/// Nobody asked for this URL by name, so that one that must not be used is left out and told, not refused.
fn front_end(reader: &mut SettingsReader<'_>, base_url: &str, allow_http: bool) -> KeySource {
    // what is no URL is a problem of BETTER_AUTH_URL, and reported as such
    let Ok(url) = Url::parse(base_url).map(key_set_of) else { return KeySource::Table };
    match check(&url, allow_http) {
        Ok(()) => KeySource::FrontEnd(url),
        Err(why) => {
            reader.warnings.push(format!(
                "BETTER_AUTH_URL {why}, for its key set to be fetched; public keys are read from Better Auth's jwks table alone"
            ));
            KeySource::Table
        }
    }
}

/// Better Auth takes a base URL with a path for that of its own routes, and puts `/api/auth` behind one without.
fn key_set_of(mut base_url: Url) -> Url {
    let path = match base_url.path().trim_end_matches('/') {
        "" => "/api/auth/jwks".to_owned(),
        path => format!("{path}/jwks"),
    };
    base_url.set_path(&path);
    base_url.set_query(None);
    base_url.set_fragment(None);
    base_url
}

const FORM: &str = "must be an http or https URL, such as https://app.example.com/api/auth/jwks";

/// Whoever can change a key set on its way can sign in as anybody: beyond this machine it must come by TLS.
fn check(url: &Url, allow_http: bool) -> Result<(), &'static str> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user name or a password in it");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_http || is_loopback(url) => Ok(()),
        "http" => Err("must be https beyond this machine, or JWKS_ALLOW_HTTP must be true"),
        _ => Err(FORM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source by these variables, and everything that was said about them.
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
    fn what_is_named_comes_before_what_follows() {
        let base = ("BETTER_AUTH_URL", "https://app.example.com");
        let file = ("JWKS_FILE", "keys.json");
        let set = ("JWKS_URL", "https://id.example.com/keys?v=1");
        assert_eq!(read(&[]), (KeySource::Table, vec![]));
        assert_eq!(read(&[base]), (KeySource::FrontEnd(url("https://app.example.com/api/auth/jwks")), vec![]));
        assert_eq!(read(&[base, file]), (KeySource::File("keys.json".into()), vec![]));
        assert_eq!(read(&[base, set]), (KeySource::Url(url("https://id.example.com/keys?v=1")), vec![]));
        let (source, said) = read(&[base, file, set]);
        assert_eq!(source, KeySource::Url(url("https://id.example.com/keys?v=1")));
        assert!(said.len() == 1 && said[0].starts_with("JWKS_FILE "), "{said:?}");
    }

    #[test]
    fn a_base_url_with_a_path_is_that_of_better_auths_routes() {
        for (base, keys) in [
            ("http://localhost:3000/", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:3000?x#y", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:3000/api/auth/", "http://localhost:3000/api/auth/jwks"),
            ("https://example.com/app/auth", "https://example.com/app/auth/jwks"),
        ] {
            assert_eq!(read(&[("BETTER_AUTH_URL", base)]).0, KeySource::FrontEnd(url(keys)), "{base}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for near in ["http://localhost:3000/k", "http://LOCALHOST/k", "http://127.0.0.9/k", "http://[::1]:1/k"] {
            assert_eq!(read(&[("JWKS_URL", near)]), (KeySource::Url(url(near)), vec![]));
        }
        for far in ["http://10.0.0.1/k", "http://localhost.example.com/k", "http://x.localhost/k", "http://[::2]/k"] {
            let (_, said) = read(&[("JWKS_URL", far)]);
            assert!(said.len() == 1 && said[0].starts_with("JWKS_URL must be https"), "{far}: {said:?}");
            let (source, said) = read(&[("BETTER_AUTH_URL", far)]);
            assert_eq!(source, KeySource::Table);
            assert!(said.len() == 1 && said[0].starts_with("BETTER_AUTH_URL must be https"), "{far}: {said:?}");
            let allowed = ("JWKS_ALLOW_HTTP", "true");
            assert_eq!(read(&[("JWKS_URL", far), allowed]), (KeySource::Url(url(far)), vec![]));
            assert!(matches!(read(&[("BETTER_AUTH_URL", far), allowed]).0, KeySource::FrontEnd(_)));
        }
    }

    #[test]
    fn other_urls_are_refused_without_repeating_them() {
        let wrong =
            ["ftp://x", "file:///etc/passwd", "keys.json", "https://", "https://me:hunter2@x/k", "https://me@x/k"];
        for text in wrong {
            let (_, said) = read(&[("JWKS_URL", text), ("JWKS_ALLOW_HTTP", "true")]);
            assert!(
                said.len() == 1 && said[0].starts_with("JWKS_URL must ") && !said[0].contains("hunter2"),
                "{said:?}"
            );
        }
        let (source, said) = read(&[("BETTER_AUTH_URL", "https://me:hunter2@x")]);
        assert_eq!(source, KeySource::Table);
        assert!(said.len() == 1 && !said[0].contains("hunter2"), "{said:?}");
    }
}
