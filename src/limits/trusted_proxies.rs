//! The address that a request comes from, where proxies may stand between.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// Proxies whose word is taken for where a request comes from (`TRUSTED_PROXIES`). By default there are none.
#[derive(Clone, Default, Debug)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// These networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Reads an address or a network: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
    ///
    /// # Errors
    /// A sentence that says the form.
    pub fn network(text: &str) -> Result<IpNet, &'static str> {
        let network = text.parse::<IpAddr>().map(IpNet::from).ok().or_else(|| text.parse().ok());
        network.ok_or("must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8")
    }

    /// The client behind this peer: the peer itself, unless it is a trusted proxy. Then its `X-Forwarded-For` is read from the right,
    /// where each proxy adds whom it saw, past those that are trusted. What stands further left anybody may have written.
    pub fn client<'a>(&self, peer: IpAddr, forwarded_for: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut hops = forwarded_for.rev().flat_map(|value| value.rsplit(','));
        while self.trusts(client) {
            match hops.next().and_then(hop) {
                Some(before) => client = before.to_canonical(),
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, as some write it with a port, and those of IPv6 in brackets.
fn hop(text: &str) -> Option<IpAddr> {
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
    fn nobody_is_believed_unless_trusted() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
    }

    #[test]
    fn the_last_who_is_not_a_trusted_proxy_is_the_client() {
        let proxies = ["10.0.0.0/8", "fd00::1"];
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["203.0.113.9, 198.51.100.1, 10.2.0.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "fd00::1", &["203.0.113.9", "198.51.100.1:4711,10.2.0.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "::ffff:10.0.0.1", &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(client(&proxies, "10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
    }

    #[test]
    fn what_is_no_address_ends_the_search_at_the_proxy_that_said_it() {
        let proxies = ["10.0.0.0/8"];
        for nonsense in [&["unknown"][..], &[""], &["198.51.100.1, _hidden, 10.2.0.1"], &[]] {
            assert!(client(&proxies, "10.0.0.1", nonsense).starts_with("10."), "{nonsense:?}");
        }
        assert_eq!(client(&proxies, "10.0.0.1", &["10.0.0.3"]), "10.0.0.3");
    }

    #[test]
    fn networks_are_checked() {
        for wrong in ["", "10.0.0.0/33", "example.com", "10.0.0", "*"] {
            assert!(TrustedProxies::network(wrong).is_err(), "{wrong}");
        }
    }
}
