//! Filters for the current day: each task is judged by its own time zone, unless the query names one.

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    each_task_is_judged_by_its_own_time_zone,
    a_named_time_zone_applies_to_all_tasks,
    pages_and_counts_use_the_same_days,
    an_unknown_stored_time_zone_means_utc,
);

/// Zones with whole, half and quarter hours, behind and ahead of UTC by most. The name is empty for tasks without zone.
const ZONES: [&str; 14] = [
    "",
    "UTC",
    "Etc/GMT+12",
    "Pacific/Niue",
    "Pacific/Marquesas",
    "America/Santiago",
    "America/St_Johns",
    "Atlantic/Azores",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

/// A due date of the test.
#[derive(Clone, Copy)]
enum Due {
    Day(NaiveDate),
    At(DateTime<Utc>),
}

struct TestTask {
    title: String,
    due: Option<Due>,
    zone: &'static str,
    completed: bool,
}

impl TestTask {
    fn body(&self) -> Value {
        let due = self.due.map(|due| match due {
            Due::Day(day) => day.to_string(),
            Due::At(at) => at.to_rfc3339_opts(SecondsFormat::Secs, true),
        });
        let zone = Some(self.zone).filter(|zone| !zone.is_empty());
        json!({ "op": "create", "title": self.title, "due_date": due, "time_zone": zone, "completed": self.completed })
    }

    /// Returns the task's current day and its due day in a zone; its own zone if none is named.
    fn days(&self, named: Option<Tz>, now: DateTime<Utc>) -> (NaiveDate, Option<NaiveDate>) {
        let zone = named.unwrap_or_else(|| self.zone.parse().unwrap_or(Tz::UTC));
        let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
        let due = self.due.map(|due| match due {
            Due::Day(date) => date,
            Due::At(at) => day(at),
        });
        (day(now), due)
    }

    fn is_overdue(&self, named: Option<Tz>, now: DateTime<Utc>) -> bool {
        let (today, _) = self.days(named, now);
        !self.completed
            && match self.due {
                None => false,
                Some(Due::Day(day)) => day < today,
                Some(Due::At(at)) => at < now,
            }
    }

    /// Returns whether the due date is today or on the `days` days after.
    fn is_within(&self, days: u64, named: Option<Tz>, now: DateTime<Utc>) -> bool {
        let (today, due) = self.days(named, now);
        due.is_some_and(|due| today <= due && due <= today + Days::new(days))
    }
}

/// Creates tasks due around the current day and around the end of the week, in all zones.
fn create_tasks(app: &App, now: DateTime<Utc>) -> Vec<TestTask> {
    let mut tasks = Vec::new();
    let mut push = |due: Option<Due>, zone: &'static str, completed: bool| {
        tasks.push(TestTask { title: format!("t{}", tasks.len()), due, zone, completed });
    };
    for zone in ZONES {
        push(None, zone, false);
        for day in [0, 1, 2, 3, 7, 8, 9, 10] {
            push(Some(Due::Day(now.date_naive() - Days::new(2) + Days::new(day))), zone, false);
        }
        for hours in [-50, -40, -30, -27, -20, -14, -8, -3, -1, 1, 4, 9, 13, 19, 26, 31, 140, 150, 160, 170, 180] {
            // a few minutes from the current time: the filter's time is later
            push(Some(Due::At(now + TimeDelta::minutes(hours * 60 + 7))), zone, false);
        }
        push(Some(Due::Day(now.date_naive() - Days::new(5))), zone, true);
    }
    let operations: Vec<Value> = tasks.iter().map(TestTask::body).collect();
    for operations in operations.chunks(100) {
        let body = json!({ "operations": operations });
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&body).send().expect(200);
    }
    tasks
}

fn titles(app: &App, query: &str) -> Vec<String> {
    let list = app.request_as("alice", "GET", &format!("/api/tasks?sort=created_at_asc&{query}")).send().expect(200);
    let titles = list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned());
    titles.collect()
}

/// Runs a check again if a day of a zone began during it. Days begin at quarters of an hour.
fn within_a_quarter(
    database: Database,
    check: impl Fn(&App, DateTime<Utc>) -> Vec<(String, Vec<String>, Vec<String>)>,
) {
    let quarter = |at: DateTime<Utc>| at.timestamp() / 900;
    loop {
        let app = App::start(database);
        let now = Utc::now();
        let compared = check(&app, now);
        if quarter(now) == quarter(Utc::now()) {
            for (query, actual, expected) in compared {
                assert_eq!(actual, expected, "{query} at {now}");
            }
            return;
        }
    }
}

/// Compares the lists of all filters with the expected tasks.
fn compare(
    app: &App,
    tasks: &[TestTask],
    named: Option<Tz>,
    now: DateTime<Utc>,
) -> Vec<(String, Vec<String>, Vec<String>)> {
    let zone = named.map_or(String::new(), |zone| format!("&time_zone={}", zone.name().replace('+', "%2B")));
    let select = |is_selected: &dyn Fn(&TestTask) -> bool| -> Vec<String> {
        tasks.iter().filter(|task| is_selected(task)).map(|task| task.title.clone()).collect()
    };
    let filters: [(&str, Vec<String>); 6] = [
        ("due=overdue", select(&|task| task.is_overdue(named, now))),
        ("overdue=true", select(&|task| task.is_overdue(named, now))),
        ("overdue=false", select(&|task| !task.is_overdue(named, now))),
        ("due=today", select(&|task| task.is_within(0, named, now))),
        ("due=week", select(&|task| task.is_within(6, named, now))),
        ("due=today&overdue=true", select(&|task| task.is_within(0, named, now) && task.is_overdue(named, now))),
    ];
    let compared = filters.map(|(query, expected)| {
        let query = format!("{query}{zone}");
        let actual = titles(app, &query);
        (query, actual, expected)
    });
    compared.into()
}

fn each_task_is_judged_by_its_own_time_zone(database: Database) {
    within_a_quarter(database, |app, now| {
        let tasks = create_tasks(app, now);
        let mut compared = compare(app, &tasks, None, now);
        let stats = app.request_as("alice", "GET", "/api/tasks/stats").send().expect(200);
        let overdue = tasks.iter().filter(|task| task.is_overdue(None, now)).count();
        compared.push(("stats".into(), vec![stats["overdue"].to_string()], vec![overdue.to_string()]));
        compared
    });
}

fn a_named_time_zone_applies_to_all_tasks(database: Database) {
    within_a_quarter(database, |app, now| {
        let tasks = create_tasks(app, now);
        [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Etc__GMTPlus12, Tz::Australia__Lord_Howe]
            .into_iter()
            .flat_map(|zone| compare(app, &tasks, Some(zone), now))
            .collect()
    });
}

fn pages_and_counts_use_the_same_days(database: Database) {
    within_a_quarter(database, |app, now| {
        let tasks = create_tasks(app, now);
        let expected: Vec<String> =
            tasks.iter().filter(|task| task.is_within(6, None, now)).map(|task| task.title.clone()).collect();
        let mut path = Some("/api/tasks?due=week&sort=created_at_asc&limit=7&count=exact".to_owned());
        let (mut pages, mut counts) = (Vec::new(), Vec::new());
        while let Some(next) = path {
            let response = app.request_as("alice", "GET", &next).send();
            counts.push(response.header("x-total-count").map(str::to_owned));
            path =
                response.header("link").map(|link| link.trim_start_matches('<').split('>').next().unwrap().to_owned());
            let page = response.expect(200);
            pages.extend(page.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()));
        }
        assert!(counts.iter().all(|count| *count == Some(expected.len().to_string())), "{counts:?}");
        let export = app.request_as("alice", "GET", "/api/tasks/export?format=json&due=week").send().chunked_json();
        let exported =
            export.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned()).collect();
        vec![("pages".into(), pages, expected.clone()), ("export".into(), exported, expected)]
    });
}

fn an_unknown_stored_time_zone_means_utc(database: Database) {
    within_a_quarter(database, |app, now| {
        let due = Due::Day(now.date_naive());
        let tasks = [TestTask { title: "t".into(), due: Some(due), zone: "", completed: false }];
        let body = json!({ "operations": [tasks[0].body()] });
        app.request_as("alice", "POST", "/api/tasks/bulk").json(&body).send().expect(200);
        app.execute(r#"UPDATE tasks SET time_zone = 'Mars/"Olympus\ $.[0]'"#);
        compare(app, &tasks, None, now)
    });
}
