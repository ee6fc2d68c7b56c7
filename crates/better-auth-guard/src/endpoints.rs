//! Better Auth's URLs, and the rules for requests to them.

use url::{Host, Url};

/// Returns the URL of the key set (jwt plugin, `/jwks`).
///
/// Better Auth takes a base URL with a path as the URL of its routes, and appends `/api/auth` to one without.
pub fn key_set_url(base_url: Url) -> Url {
    route(base_url, "jwks")
}

/// Returns the URL of `get-session`.
///
/// Its query bypasses the cookie cache and does not extend the session: the cookie that would extend it reaches no browser.
pub fn get_session_url(base_url: Url) -> Url {
    let mut url = route(base_url, "get-session");
    url.set_query(Some("disableCookieCache=true&disableRefresh=true"));
    url
}

/// Returns the URL of `sign-out`. Without a session, it only deletes cookies.
pub fn sign_out_url(base_url: Url) -> Url {
    route(base_url, "sign-out")
}

fn route(mut base_url: Url, name: &str) -> Url {
    let path = match base_url.path().trim_end_matches('/') {
        "" => format!("/api/auth/{name}"),
        path => format!("{path}/{name}"),
    };
    base_url.set_path(&path);
    base_url.set_query(None);
    base_url.set_fragment(None);
    base_url
}

/// Returns whether the host is `localhost` or a loopback address. Does not resolve names: the result could change.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Formats a URL without its query for the log. The query may contain a secret.
pub fn without_query(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Checks that a URL is https, or http on this machine, without user name and password.
///
/// A client that can change a key set in transit can sign in as any user. A session cookie in transit is a credential.
///
/// # Errors
/// Why the URL is not allowed. `allow_http` allows http to other machines.
pub fn check(url: &Url, allow_http: bool) -> Result<(), EndpointError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointError::HasUserInfo);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_http || is_loopback(url) => Ok(()),
        "http" => Err(EndpointError::PlainHttp),
        _ => Err(EndpointError::NotHttp),
    }
}

/// Why a URL is not allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EndpointError {
    /// The URL has a user name or a password.
    #[error("must not have a user name or a password in it")]
    HasUserInfo,
    /// The URL is plain http to another machine.
    #[error("must be https beyond this machine")]
    PlainHttp,
    /// The scheme is neither http nor https.
    #[error("must be an http or https URL")]
    NotHttp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_base_url_with_a_path_is_the_url_of_better_auths_routes() {
        for (base, keys) in [
            ("http://localhost:3000/", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:3000?x#y", "http://localhost:3000/api/auth/jwks"),
            ("http://localhost:3000/api/auth/", "http://localhost:3000/api/auth/jwks"),
            ("https://example.com/app/auth", "https://example.com/app/auth/jwks"),
        ] {
            assert_eq!(key_set_url(url(base)).as_str(), keys, "{base}");
        }
        let session = "http://localhost:3000/api/auth/get-session?disableCookieCache=true&disableRefresh=true";
        assert_eq!(get_session_url(url("http://localhost:3000")).as_str(), session);
    }

    #[test]
    fn plain_http_is_allowed_on_this_machine_only() {
        for near in ["http://localhost:3000/k", "http://LOCALHOST/k", "http://127.0.0.9/k", "http://[::1]:1/k"] {
            assert_eq!(check(&url(near), false), Ok(()), "{near}");
        }
        for far in ["http://10.0.0.1/k", "http://localhost.example.com/k", "http://x.localhost/k", "http://[::2]/k"] {
            assert_eq!(check(&url(far), false), Err(EndpointError::PlainHttp), "{far}");
            assert_eq!(check(&url(far), true), Ok(()), "{far}");
        }
        assert_eq!(check(&url("https://me:hunter2@x/k"), true), Err(EndpointError::HasUserInfo));
        assert_eq!(check(&url("ftp://x"), true), Err(EndpointError::NotHttp));
    }
}
