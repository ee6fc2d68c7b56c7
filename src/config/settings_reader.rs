//! Reads settings, and collects all problems.

use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use std::net::{IpAddr, ToSocketAddrs};

use url::Url;

use crate::config::effective::EffectiveSetting;

/// Reads settings by name, and collects the problems of each.
pub(crate) struct SettingsReader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    pub problems: Vec<String>,
    /// Settings that are valid but may not have the intended effect.
    pub warnings: Vec<String>,
    /// Each setting that was read, once.
    effective: RefCell<Vec<EffectiveSetting>>,
}

impl<'a> SettingsReader<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new(), warnings: Vec::new(), effective: RefCell::default() }
    }

    /// Returns the settings that were read, without secrets.
    pub(crate) fn into_effective(self) -> (Vec<String>, Vec<EffectiveSetting>) {
        (self.problems, self.effective.into_inner())
    }

    /// Returns the trimmed value. An empty value counts as unset (`NAME=` in a compose file).
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let value = self.value(name);
        self.record(match &value {
            Some(value) => EffectiveSetting::configured(name, value),
            None => EffectiveSetting::default(name, None),
        });
        value
    }

    /// As [`Self::text`], for a secret.
    pub(crate) fn secret(&self, name: &str) -> Option<String> {
        let value = self.value(name);
        self.record(match &value {
            Some(_) => EffectiveSetting::secret(name),
            None => EffectiveSetting::default(name, None),
        });
        value
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Records a setting. A setting that is read twice keeps its first record.
    fn record(&self, setting: EffectiveSetting) {
        let mut effective = self.effective.borrow_mut();
        if !effective.iter().any(|known| known.name == setting.name) {
            effective.push(setting);
        }
    }

    /// Records the default of a setting that is not set.
    pub(crate) fn record_default(&self, name: &str, default: impl Display) {
        let mut effective = self.effective.borrow_mut();
        if let Some(known) = effective.iter_mut().find(|known| known.name == name && known.is_default) {
            known.value = Some(default.to_string());
        }
    }

    /// Adds a problem of a setting.
    pub(crate) fn problem(&mut self, name: &str, problem: impl Display) {
        self.problems.push(format!("{name} {problem}"));
    }

    /// Returns the text of a setting with a default.
    pub(crate) fn text_or(&self, name: &str, default: &str) -> String {
        let text = self.text(name);
        self.record_default(name, default);
        text.unwrap_or_else(|| default.to_owned())
    }

    /// Parses a value with `parse`, or else `default`, a text as in the environment. An invalid value is a problem.
    ///
    /// # Panics
    /// The default is invalid.
    pub(crate) fn read<T, E: Display>(&mut self, name: &str, default: &str, parse: impl Fn(&str) -> Result<T, E>) -> T {
        let value = self.optional(name, &parse);
        self.record_default(name, default);
        value.unwrap_or_else(|| parse(default).unwrap_or_else(|problem| panic!("the default of {name} {problem}")))
    }

    /// Parses a value with `parse`. Returns `None` if it is unset or invalid; an invalid value is a problem.
    pub(crate) fn optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        parse(&text).map_err(|problem| self.problem(name, problem)).ok()
    }

    /// Reads a whole number from `min` to `max`.
    pub(crate) fn number<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        name: &str,
        default: T,
        min: T,
        max: T,
    ) -> T {
        self.read(name, &default.to_string(), |text| {
            text.parse()
                .ok()
                .filter(|number| (min..=max).contains(number))
                .ok_or(format!("must be a whole number from {min} to {max}"))
        })
    }

    /// Reads `true` or `false`. The default is `false`.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.read(name, "false", |text| text.parse().map_err(|_| "must be true or false"))
    }

    /// Reads `on` or `off`.
    pub(crate) fn switch(&mut self, name: &str, default: &str) -> bool {
        self.read(name, default, |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("must be on or off"),
        })
    }

    /// Reads a duration of at least one millisecond.
    pub(crate) fn duration(&mut self, name: &str, default: &str) -> Duration {
        self.read(name, default, duration)
    }

    /// Reads a comma-separated list. `parse` parses each part.
    pub(crate) fn list<T, E: Display>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let text = self.text(name).unwrap_or_default();
        let mut values = Vec::new();
        for (number, part) in text.split(',').map(str::trim).filter(|part| !part.is_empty()).enumerate() {
            match parse(part) {
                Ok(value) => values.push(value),
                // reports the number of the part, because its text may be secret
                Err(problem) => self.problem(name, format!("(part {}) {problem}", number + 1)),
            }
        }
        values
    }
}

/// Parses a duration: `250ms`, `30s`, `15m`, `1h`, `7d`, or a number of seconds.
///
/// # Errors
/// The text has another format or the duration is zero.
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
        _ => Err("must be a duration such as 500ms, 30s, 15m, 1h or 7d".into()),
    }
}

/// Returns the origin of a URL (RFC 6454 section 6.2), as a browser writes it in `Origin`: lower case, without the default port.
pub(crate) fn origin(text: &str) -> Result<String, &'static str> {
    const ACCEPTED_ORIGIN: &str = "must be an http or https origin, such as https://app.example.com";
    let url = Url::parse(text).map_err(|_| ACCEPTED_ORIGIN)?;
    match url.scheme() {
        "http" | "https" => Ok(url.origin().ascii_serialization()),
        _ => Err(ACCEPTED_ORIGIN),
    }
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
    fn durations_have_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        for invalid in ["", "0", "0s", "-1s", "1.5h", "1 h", "1y", "h", "99999999999999999999d"] {
            assert!(duration(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn origins_are_normalized_as_in_browsers() {
        assert_eq!(origin("http://localhost:3000/api/auth"), Ok("http://localhost:3000".into()));
        for invalid in ["*", "null", "localhost:3000", "https://", "ftp://a"] {
            assert!(origin(invalid).is_err(), "{invalid}");
        }
    }
}
