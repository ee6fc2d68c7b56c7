//! Determines the client's address behind trusted proxies.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The trusted proxies (`TRUSTED_PROXIES`). The default is none.
#[derive(Clone, Default, Debug)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Creates the set from networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Returns whether no proxy is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a network contains every address of IPv4 or IPv6.
    pub fn trusts_every_address(&self) -> bool {
        self.0.iter().any(|network| network.prefix_len() == 0)
    }

    /// Parses an address or a network, such as `10.0.0.7`, `10.0.0.0/8` or `fd00::/8`.
    ///
    /// # Errors
    /// The text is neither. The error describes the accepted format.
    pub fn network(text: &str) -> Result<IpNet, &'static str> {
        let network = text.parse::<IpAddr>().map(IpNet::from).ok().or_else(|| text.parse().ok());
        network.ok_or("must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8")
    }

    /// Returns the client's address: the peer, unless it is a trusted proxy.
    ///
    /// Otherwise returns the rightmost address in `X-Forwarded-For` that is not a trusted proxy. Each proxy appends its peer's
    /// address; addresses further left are untrusted.
    pub fn client<'a>(&self, peer: IpAddr, forwarded_for: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut hops = forwarded_for.rev().flat_map(|value| value.rsplit(','));
        while self.is_trusted(client) {
            match hops.next().and_then(parse_hop) {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        client
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

/// Parses an address with an optional port. An IPv6 address may have brackets.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    IpAddr::from_str(bare).or_else(|_| SocketAddr::from_str(text).map(|address| address.ip())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &[&str], peer: &str, forwarded_for: &[&str]) -> String {
        let networks = proxies.iter().map(|text| TrustedProxies::network(text).expect("a network")).collect();
        let peer = peer.parse().expect("an address");
        TrustedProxies::new(networks).client(peer, forwarded_for.iter().copied()).to_string()
    }

    #[test]
    fn ignores_the_header_of_untrusted_peers() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
    }

    #[test]
    fn the_last_untrusted_address_is_the_client() {
        let proxies = ["10.0.0.0/8", "fd00::1"];
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["203.0.113.9, 198.51.100.1, 10.2.0.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "fd00::1", &["203.0.113.9", "198.51.100.1:4711,10.2.0.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "::ffff:10.0.0.1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(client(&proxies, "10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
    }

    #[test]
    fn an_invalid_address_ends_the_search() {
        let proxies = ["10.0.0.0/8"];
        for invalid in [&["unknown"][..], &[""], &["198.51.100.1, _hidden, 10.2.0.1"], &[]] {
            assert!(client(&proxies, "10.0.0.1", invalid).starts_with("10."), "{invalid:?}");
        }
        assert_eq!(client(&proxies, "10.0.0.1", &["10.0.0.3"]), "10.0.0.3");
    }

    #[test]
    fn rejects_invalid_networks() {
        for invalid in ["", "10.0.0.0/33", "example.com", "10.0.0", "*"] {
            assert!(TrustedProxies::network(invalid).is_err(), "{invalid}");
        }
    }
}
