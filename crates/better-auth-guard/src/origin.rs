//! Protects requests with a session cookie from cross-site request forgery.

use crate::trusted_origin::TrustedOrigin;

/// The headers in which a browser states the origin of a request. A page cannot set them.
#[derive(Default)]
pub struct OriginHeaders<'a> {
    /// All `Origin` headers.
    pub origin: Vec<&'a [u8]>,
    /// All `Sec-Fetch-Site` headers.
    pub sec_fetch_site: Vec<&'a [u8]>,
}

impl OriginHeaders<'_> {
    /// Returns whether the request comes from one of these origins, or from the service's own origin (`same-origin`).
    ///
    /// Browsers send cookies with cross-site requests too. So a request with a session cookie and a method other than GET, HEAD and
    /// OPTIONS needs a trusted origin.
    pub fn is_trusted(&self, origins: &[TrustedOrigin]) -> bool {
        if let [origin] = self.origin.as_slice()
            && origins.iter().any(|trusted| trusted.matches(origin))
        {
            return true;
        }
        matches!(self.sec_fetch_site.as_slice(), [b"same-origin"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trusted_origin_or_the_same_origin_is_required() {
        let trusted = [TrustedOrigin::parse("https://app.example.com").unwrap()];
        let check = |origin: &[&'static [u8]], site: &[&'static [u8]]| {
            OriginHeaders { origin: origin.to_vec(), sec_fetch_site: site.to_vec() }.is_trusted(&trusted)
        };
        assert!(check(&[b"https://app.example.com"], &[]));
        assert!(check(&[b"https://app.example.com"], &[b"cross-site"]));
        assert!(check(&[], &[b"same-origin"]));
        for (origin, site) in [
            (vec![], vec![]),
            (vec![b"https://evil.example".as_slice()], vec![]),
            (vec![b"https://app.example.com".as_slice(), b"https://app.example.com"], vec![]),
            (vec![b"https://app.example.com/".as_slice()], vec![]),
            (vec![b"null".as_slice()], vec![b"same-site".as_slice()]),
            (vec![], vec![b"same-origin".as_slice(), b"same-origin"]),
            (vec![], vec![b"none".as_slice()]),
        ] {
            assert!(!check(&origin, &site), "{origin:?} {site:?}");
        }
    }
}
