//! List filters: priority, tags, text, due dates, `updated_since`.

use chrono::{DateTime, Days, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    the_priority_filter_accepts_several_values,
    the_tags_filter_requires_an_exact_match_of_every_tag,
    text_search_is_case_insensitive,
    due_date_filters_exclude_tasks_without_due_date,
    the_due_filter_accepts_keywords,
    a_day_is_evaluated_in_the_requested_time_zone,
    updated_since_lists_tasks_updated_from_that_instant,
    invalid_filters_are_reported_and_unknown_ones_ignored,
    a_search_text_has_at_most_100_characters,
    a_filter_has_at_most_20_tags,
    text_search_finds_a_match_at_any_position,
);

fn create(app: &App, task: Value) -> Value {
    app.request_as("alice", "POST", "/api/alice/tasks").json(&task).send().expect(201)
}

/// Returns the titles of a list, oldest first, joined by spaces.
fn titles(app: &App, query: &str) -> String {
    let list =
        app.request_as("alice", "GET", &format!("/api/alice/tasks?sort=created_at_asc&{query}")).send().expect(200);
    let titles = list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned());
    titles.collect::<Vec<_>>().join(" ")
}

/// Asserts the joined titles that each query returns.
#[track_caller]
fn assert_titles(app: &App, expected: &[(&str, &str)]) {
    for (query, expected_titles) in expected {
        assert_eq!(titles(app, query), *expected_titles, "{query}");
    }
}

fn the_priority_filter_accepts_several_values(database: Database) {
    let app = App::start(database);
    for priority in ["none", "low", "medium", "high"] {
        create(&app, json!({ "title": priority, "priority": priority }));
    }
    assert_titles(
        &app,
        &[
            ("priority=low", "low"),
            ("priority=HIGH,none", "none high"),
            ("priority=low&priority_filter=high", "low high"),
            ("priority=", "none low medium high"),
            ("priority=high&status=completed", ""),
        ],
    );
}

fn the_tags_filter_requires_an_exact_match_of_every_tag(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "a", "tags": ["home", "garden"] }));
    create(&app, json!({ "title": "b", "tags": ["home office"] }));
    create(&app, json!({ "title": "c", "tags": ["Home", "\"home\"", "50%_\\"] }));
    create(&app, json!({ "title": "d", "tags": ["gärten 🏡"] }));
    assert_titles(
        &app,
        &[
            ("tags=home", "a"),
            ("tag=home,garden", "a"),
            ("tags=home&tag=garden", "a"),
            ("tags=home,office", ""),
            ("tags=home+office", "b"),
            ("tags=Home", "c"),
            ("tags=%22home%22", "c"),
            ("tags=50%25_%5C", "c"),
            ("tags=g%C3%A4rten+%F0%9F%8F%A1", "d"),
            ("tags=%25", ""),
        ],
    );
}

fn text_search_is_case_insensitive(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "ÄPFEL kaufen" }));
    create(&app, json!({ "title": "Straße", "description": "ΟΔΟΣ" }));
    create(&app, json!({ "title": "100%_done\\", "description": "line one\nline two" }));
    create(&app, json!({ "title": "plain" }));
    let all_titles = titles(&app, "");
    assert_titles(
        &app,
        &[
            ("search=%C3%A4pfel", "ÄPFEL kaufen"),
            ("q=STRASSE", "Straße"),
            ("query=%CE%BF%CE%B4%CE%BF%CF%83", "Straße"),
            ("q=%25", "100%_done\\"),
            ("q=_", "100%_done\\"),
            ("q=%5C", "100%_done\\"),
            ("q=ONE%0Aline", "100%_done\\"),
            ("q=AI", "plain"),
            ("q=nowhere", ""),
            ("q=", &all_titles),
        ],
    );
    // after an update, a search matches the new text and not the old one
    let id = create(&app, json!({ "title": "before", "description": "early" }))["id"].clone();
    let path = format!("/api/alice/tasks/{id}");
    app.request_as("alice", "PATCH", &path).json(&json!({ "title": "AFTER" })).send().expect(200);
    assert_titles(&app, &[("q=after", "AFTER"), ("q=before", ""), ("q=early", "AFTER")]);
    app.request_as("alice", "PATCH", &path).json(&json!({ "description": null })).send().expect(200);
    assert_titles(&app, &[("q=early", "")]);
}

fn due_date_filters_exclude_tasks_without_due_date(database: Database) {
    let app = App::start(database);
    for (title, due) in [
        ("never", Value::Null),
        ("day", json!("2026-12-01")),
        ("noon", json!("2026-12-01T12:00:00Z")),
        ("later", json!("2026-12-02")),
    ] {
        create(&app, json!({ "title": title, "due_date": due }));
    }
    assert_titles(
        &app,
        &[
            ("due_before=2026-12-01", "day noon"),
            ("due_date_to=2026-12-02", "day noon later"),
            ("due_before=2026-11-30", ""),
            ("due_after=2026-12-01", "day noon later"),
            ("due_date_from=2026-12-02", "later"),
            ("due_after=2026-12-01&due_before=2026-12-01", "day noon"),
            // a bound that is an instant is inclusive, and an all-day task matches with its whole day
            ("due_before=2026-12-01T12:00:00Z", "day noon"),
            ("due_before=2026-12-01T11:59:59.999Z", "day"),
            ("due_after=2026-12-01T12:00:00Z", "day noon later"),
            ("due_after=2026-12-01T12:00:00.001Z", "day later"),
            ("due=none", "never"),
            ("due=any", "day noon later"),
            ("due=ANY&due_before=2026-12-01", "day noon"),
        ],
    );
}

fn the_due_filter_accepts_keywords(database: Database) {
    // repeat the check if midnight passed during it
    while !check_due_keywords(&App::start(database)) {}
}

/// Returns false if the day changed before the last response.
fn check_due_keywords(app: &App) -> bool {
    let now = Utc::now();
    let today = now.date_naive();
    let at = |instant: DateTime<Utc>| json!(instant.to_rfc3339_opts(SecondsFormat::Secs, true));
    create(app, json!({ "title": "never" }));
    create(app, json!({ "title": "yesterday", "due_date": today - Days::new(1) }));
    create(app, json!({ "title": "done", "due_date": today - Days::new(1), "completed": true }));
    create(app, json!({ "title": "long-ago", "due_date": at(now - TimeDelta::days(2)) }));
    create(app, json!({ "title": "today", "due_date": today }));
    create(app, json!({ "title": "sixth", "due_date": today + Days::new(6) }));
    create(app, json!({ "title": "seventh", "due_date": today + Days::new(7) }));
    let expected = [
        ("due=overdue", "yesterday long-ago"),
        ("overdue=true", "yesterday long-ago"),
        ("overdue=false", "never done today sixth seventh"),
        ("due=today", "today"),
        ("due=week", "today sixth"),
        ("due=week&status=completed", ""),
    ];
    let actual = expected.map(|(query, _)| (query, titles(app, query)));
    let is_same_day = Utc::now().date_naive() == today;
    if is_same_day {
        assert_eq!(actual, expected.map(|(query, titles)| (query, titles.to_owned())));
    }
    is_same_day
}

fn a_day_is_evaluated_in_the_requested_time_zone(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "day", "due_date": "2026-12-01" }));
    create(&app, json!({ "title": "evening", "due_date": "2026-12-01T23:30:00Z" }));
    assert_titles(
        &app,
        &[
            ("due_before=2026-12-01", "day evening"),
            // 00:30 on 2 December in Vienna
            ("due_before=2026-12-01&time_zone=Europe/Vienna", "day"),
            ("due_after=2026-12-02&time_zone=Europe/Vienna", "evening"),
            ("due_after=2026-12-02&time_zone=", ""),
            // an all-day date is the same day in every time zone
            ("due_after=2026-12-01&due_before=2026-12-01&time_zone=Pacific/Kiritimati", "day"),
        ],
    );
}

fn updated_since_lists_tasks_updated_from_that_instant(database: Database) {
    let app = App::start(database);
    let first = create(&app, json!({ "title": "first" }));
    let second = create(&app, json!({ "title": "second" }));
    let path = format!("/api/alice/tasks/{}", first["id"]);
    let changed = app.request_as("alice", "PATCH", &path).json(&json!({ "priority": "low" })).send().expect(200);
    let since = changed["updated_at"].as_str().unwrap();
    let expected = if second["updated_at"] == changed["updated_at"] { "first second" } else { "first" };
    assert_eq!(titles(&app, &format!("updated_since={since}")), expected);
    assert_eq!(titles(&app, "updated_since=2000-01-01T00:00:00Z"), "first second");
    assert_eq!(titles(&app, "updated_since=2999-01-01T00:00:00Z"), "");
}

fn invalid_filters_are_reported_and_unknown_ones_ignored(database: Database) {
    let app = App::start(database);
    for (query, name) in [
        ("priority=urgent", "priority"),
        ("priority=low,urgent", "priority"),
        ("due=tomorrowish", "due"),
        ("due_before=soon", "due_before"),
        ("due_date_from=2026-02-30", "due_date_from"),
        ("overdue=maybe", "overdue"),
        ("time_zone=Mars/Olympus", "time_zone"),
        ("updated_since=2026-12-01", "updated_since"),
        ("q=%00", "q"),
        ("tags=%00", "tags"),
        ("search=a&q=b", "q"),
        ("cursor=nonsense", "cursor"),
    ] {
        let problem = app.request_as("alice", "GET", &format!("/api/alice/tasks?{query}")).send().expect(422);
        assert_eq!(problem["errors"][0]["pointer"], name, "{query}: {problem}");
    }
    assert_eq!(titles(&app, "colour=blue&user_id=bob&search=a&q=a"), "");
}

#[track_caller]
fn assert_rejected(app: &App, query: &str, pointer: &str, detail: &str) {
    for path in ["/api/alice/tasks", "/api/tasks/export"] {
        let problem = app.request_as("alice", "GET", &format!("{path}?{query}")).send().expect(422);
        let expected = serde_json::json!([{ "pointer": pointer, "detail": detail }]);
        assert_eq!(problem["errors"], expected, "{query}");
    }
}

fn a_search_text_has_at_most_100_characters(database: Database) {
    let app = App::start(database);
    let longest = "ä".repeat(100);
    create(&app, json!({ "title": "long", "description": longest }));
    create(&app, json!({ "title": "short", "description": "ä".repeat(99) }));
    let encoded = |count: usize| "%C3%84".repeat(count);
    for name in ["search", "q", "query"] {
        assert_eq!(titles(&app, &format!("{name}={}", encoded(100))), "long");
        assert_rejected(&app, &format!("{name}={}", encoded(101)), name, "must be at most 100 characters");
    }
    // surrounding spaces are trimmed
    assert_eq!(titles(&app, &format!("search=++{}++", encoded(100))), "long");
}

fn a_filter_has_at_most_20_tags(database: Database) {
    let app = App::start(database);
    let tags: Vec<String> = (1..=1000).map(|number| format!("tag{number}")).collect();
    create(&app, json!({ "title": "all", "tags": tags[..20] }));
    create(&app, json!({ "title": "but one", "tags": tags[..19] }));
    let repeated = |count: usize| format!("tag={}", tags[..count].join("&tag="));
    let comma_separated = |count: usize| format!("tags={}", tags[..count].join(","));
    for query in [repeated(20), comma_separated(20), format!("{}&{}", repeated(20), comma_separated(20))] {
        assert_eq!(titles(&app, &query), "all");
    }
    for count in [21, 1000] {
        assert_rejected(&app, &repeated(count), "tag", "must be at most 20 values");
        assert_rejected(&app, &comma_separated(count), "tags", "must be at most 20 values");
    }
    assert_rejected(&app, &format!("{}&tags=other", repeated(20)), "tags", "must be at most 20 values");
}

/// Covers matches at the start and end, across character boundaries in bytes, and after partial matches.
fn text_search_finds_a_match_at_any_position(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "aaaab", "description": "ЖЖЖ 𝒳𝒳𝒴 100%_\\" }));
    for text in ["aaab", "aaaab", "b", "жжж", "𝒳𝒴", "100%_\\", "%_", "\\", "ж 𝒳"] {
        assert_eq!(titles(&app, &format!("search={}", percent_encoded(text))), "aaaab", "{text}");
    }
    for absent in ["aaaaab", "ba", "жжжж", "𝒳𝒳𝒳", "𝒴𝒳", "1%", "_%", "a%b", "aa_ab", "%%"] {
        assert_eq!(titles(&app, &format!("search={}", percent_encoded(absent))), "", "{absent}");
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
