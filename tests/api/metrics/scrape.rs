//! Reads and checks the text of `/metrics`.

use std::collections::{BTreeMap, HashSet};

use super::TOKEN;
use crate::support::{App, Request};

/// The samples of one scrape, by name and labels as written.
pub struct Scrape(pub BTreeMap<String, f64>);

impl Scrape {
    /// Reads the metrics of a service that has [`READABLE`].
    pub fn of(app: &App) -> Self {
        Self::of_response_to(app.request("GET", "/metrics").bearer(TOKEN))
    }

    /// Sends the request and parses the response.
    #[track_caller]
    pub fn of_response_to(request: Request) -> Self {
        let answer = request.send();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        Self(parse(std::str::from_utf8(&answer.body).expect("the metrics are UTF-8")))
    }

    /// Returns the sample of this name and these labels, or 0.
    pub fn get(&self, sample: &str) -> f64 {
        self.0.get(sample).copied().unwrap_or(0.0)
    }

    /// Adds up all samples with this name and at least these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &str| labels.iter().all(|(label, value)| sample.contains(&format!("{label}=\"{value}\"")));
        let named = self.0.iter().filter(|(sample, _)| sample.split('{').next() == Some(name) && has(sample));
        named.map(|(_, value)| value).sum()
    }
}

/// Parses OpenMetrics 1.0 text strictly.
#[track_caller]
fn parse(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").expect("the text ends with EOF");
    let mut families: HashSet<&str> = HashSet::new();
    let (mut family, mut kind, mut samples) = ("", "", BTreeMap::new());
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let [keyword, name, value] =
                rest.splitn(3, ' ').collect::<Vec<_>>().try_into().expect("a comment has three words");
            match keyword {
                "HELP" => {
                    assert!(families.insert(name) && !value.is_empty(), "{line}");
                    family = name;
                }
                "TYPE" => {
                    assert!(name == family && ["counter", "gauge", "histogram"].contains(&value), "{line}");
                    kind = value;
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').expect("a sample has a value");
        let name = sample.split('{').next().unwrap();
        let suffixes: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(suffixes.iter().any(|suffix| name == format!("{family}{suffix}")), "{line} in {family}");
        assert!(sample == name || is_label_set(&sample[name.len()..]), "{line}");
        let value = value.parse().unwrap_or_else(|_| panic!("not a number: {line}"));
        assert!(samples.insert(sample.to_owned(), value).is_none(), "repeated: {line}");
    }
    assert_buckets_add_up(&samples);
    samples
}

/// Whether the text is `{name="value",…}`. The service's labels have no character that needs an escape.
fn is_label_set(text: &str) -> bool {
    let Some(pairs) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else { return false };
    let is_pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or_default();
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_name && quoted.is_some_and(|value| !value.contains(['"', '\\', '\n']))
    };
    // values have no comma
    pairs.split(',').all(is_pair)
}

fn assert_buckets_add_up(samples: &BTreeMap<String, f64>) {
    let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (sample, value) in samples {
        if let Some((name, labels)) = sample.split_once("_bucket{") {
            let (bound, rest) =
                labels.split_once("le=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a bucket has a bound");
            let labels = labels.replace(&format!("le=\"{bound}\""), "");
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
            assert!(rest.ends_with('}'));
            series.entry(format!("{name}{labels}")).or_default().push((bound, *value));
        }
    }
    for (name, mut buckets) in series {
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        assert!(buckets.is_sorted_by(|one, other| one.1 <= other.1), "{name}: {buckets:?}");
        assert_eq!(buckets.last().map(|bucket| bucket.0), Some(f64::INFINITY), "{name}");
    }
}
