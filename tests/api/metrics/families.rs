//! Names, types, labels and help texts of the metrics, and their use in the dashboard and the alerts.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use insta::assert_snapshot;

use super::{READABLE, TOKEN};
use crate::on_both;
use crate::support::{App, Database};

on_both!(families_are_those_of_the_snapshot, the_dashboard_and_the_alerts_use_exactly_the_metrics);

/// A metric with labels appears after its first sample.
fn metrics_after_one_request(database: Database) -> String {
    let app = App::start_with(database, &[READABLE]);
    app.request_as("alice", "GET", "/api/tasks").send().expect(200);
    String::from_utf8(app.request("GET", "/metrics").bearer(TOKEN).send().body).expect("the metrics are UTF-8")
}

/// Both databases use one snapshot: name and type, labels, help text.
fn families_are_those_of_the_snapshot(database: Database) {
    let text = metrics_after_one_request(database);
    let mut families: BTreeMap<&str, (&str, &str, BTreeSet<&str>)> = BTreeMap::new();
    let mut current = "";
    for line in text.lines() {
        if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            families.entry(name).or_default().1 = help;
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            families.entry(name).or_default().0 = kind;
            current = name;
        } else if let Some((_, labels)) = line.split_once('{') {
            let names = labels.split('"').step_by(2).filter_map(|part| part.strip_suffix('='));
            let labels = &mut families.get_mut(current).expect("a sample follows its type").2;
            labels.extend(names.map(|name| name.trim_start_matches(',')));
        }
    }
    let lines = families.iter().map(|(name, (kind, help, labels))| {
        let labels = labels.iter().copied().collect::<Vec<_>>().join(", ");
        format!("{name} {kind} {{{labels}}}\n    {help}\n")
    });
    assert_snapshot!("families", lines.collect::<String>());
}

/// A query for a metric that does not exist never fires.
fn the_dashboard_and_the_alerts_use_exactly_the_metrics(database: Database) {
    let text = metrics_after_one_request(database);
    let families: HashSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let dashboard = include_str!("../../../deploy/grafana/task-api.json");
    serde_json::from_str::<serde_json::Value>(dashboard).expect("the dashboard is JSON");
    let mut used = HashSet::new();
    for text in [dashboard, include_str!("../../../deploy/prometheus/alerts.yml")] {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for name in text.split(|c| !is_name(c)).filter(|name| name.starts_with("task_api_")) {
            let suffix = ["_total", "_bucket", "_sum", "_count"].into_iter().find(|suffix| name.ends_with(suffix));
            let family = name.strip_suffix(suffix.unwrap_or("")).unwrap();
            assert!(families.contains(family), "{name}");
            used.insert(family);
        }
    }
    assert_eq!(used, families, "the dashboard or an alert uses every metric");
}
