//! Reading settings one by one, and collecting everything that is wrong with them.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use std::net::{IpAddr, ToSocketAddrs};

use url::Url;

/// Looks names up, and remembers each problem with the name it belongs to.
pub(crate) struct SettingsReader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    pub problems: Vec<String>,
    /// What works, and not as its author may think.
    pub warnings: Vec<String>,
}

impl<'a> SettingsReader<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new(), warnings: Vec::new() }
    }

    /// The value; an empty one is none (`NAME=` in a compose file means "not set").
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(crate) fn problem(&mut self, name: &str, what: impl Display) {
        self.problems.push(format!("{name} {what}"));
    }

    /// A value read by `read`, or `default` where there is none or it is wrong (which is then a problem).
    pub(crate) fn read<T, E: Display>(&mut self, name: &str, default: T, read: impl FnOnce(&str) -> Result<T, E>) -> T {
        let Some(text) = self.text(name) else { return default };
        read(&text).unwrap_or_else(|problem| {
            self.problem(name, problem);
            default
        })
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn number<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        name: &str,
        default: T,
        least: T,
        most: T,
    ) -> T {
        self.read(name, default, |text| {
            text.parse()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .ok_or(format!("must be a whole number from {least} to {most}"))
        })
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, default: bool) -> bool {
        self.read(name, default, |text| text.parse().map_err(|_| "must be true or false"))
    }

    /// A time span of at least one millisecond.
    pub(crate) fn duration(&mut self, name: &str, default: Duration) -> Duration {
        self.read(name, default, duration)
    }

    /// A comma-separated list, each part read by `read`.
    pub(crate) fn list<T, E: Display>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let text = self.text(name).unwrap_or_default();
        let mut values = Vec::new();
        for (number, part) in text.split(',').map(str::trim).filter(|part| !part.is_empty()).enumerate() {
            match read(part) {
                Ok(value) => values.push(value),
                // by its number: a part may be a secret
                Err(problem) => self.problem(name, format!("(part {}) {problem}", number + 1)),
            }
        }
        values
    }
}

/// Reads `250ms`, `30s`, `15m`, `1h`, `7d`, or a bare number of seconds.
///
/// # Errors
/// A sentence that says the form.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        _ => Err("must be a time span such as 500ms, 30s, 15m, 1h or 7d".into()),
    }
}

/// The origin of a URL (RFC 6454 section 6.2), as a browser writes it in `Origin`: lower case, default port left out.
pub(crate) fn origin(text: &str) -> Result<String, &'static str> {
    const FORM: &str = "must be an http or https origin, such as https://app.example.com";
    let url = Url::parse(text).map_err(|_| FORM)?;
    match url.scheme() {
        "http" | "https" => Ok(url.origin().ascii_serialization()),
        _ => Err(FORM),
    }
}

/// An origin and nothing else: a path in `TRUSTED_ORIGINS` would look as if it narrowed the trust, and does not.
pub(crate) fn bare_origin(text: &str) -> Result<String, &'static str> {
    let origin = origin(text)?;
    let url = Url::parse(text).map_err(|_| "is no URL")?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err("must be an origin alone, without a path");
    }
    Ok(origin)
}

pub(crate) fn is_https(base_url: Option<&str>) -> bool {
    base_url.is_some_and(|url| url.to_ascii_lowercase().starts_with("https:"))
}

pub(crate) fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => {
            (host, 0).to_socket_addrs().is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_have_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "0", "0s", "-1s", "1.5h", "1 h", "1y", "h", "99999999999999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        assert_eq!(bare_origin("HTTPS://App.Example.com:443/"), Ok("https://app.example.com".into()));
        assert_eq!(origin("http://localhost:3000/api/auth"), Ok("http://localhost:3000".into()));
        for wrong in ["*", "null", "localhost:3000", "https://a/b", "https://u@a", "https://", "ftp://a", "https://a?x"]
        {
            assert!(bare_origin(wrong).is_err(), "{wrong}");
        }
    }
}
