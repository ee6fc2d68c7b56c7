//! Which tasks a list shows: priority, tags, text, due dates, changes.

use chrono::{DateTime, Days, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{App, Database};

on_both!(
    by_priority_one_or_several,
    by_all_of_the_tags_to_the_letter,
    by_text_whatever_its_case,
    by_due_date_and_never_those_without,
    by_words_for_due_dates,
    a_day_lies_in_the_zone_of_who_asks,
    by_what_has_changed_since,
    wrong_filters_are_named_and_unknown_ones_ignored,
    a_search_text_has_at_most_100_characters,
    a_filter_has_at_most_20_tags,
    a_text_is_found_wherever_it_stands,
);

fn create(app: &App, task: Value) -> Value {
    app.by("alice", "POST", "/api/alice/tasks").json(&task).send().expect(201)
}

/// The titles of a list, oldest first, in one text.
fn titles(app: &App, query: &str) -> String {
    let list = app.by("alice", "GET", &format!("/api/alice/tasks?sort=created_at_asc&{query}")).send().expect(200);
    let titles = list.as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap().to_owned());
    titles.collect::<Vec<_>>().join(" ")
}

/// Each query with the titles that it finds; all parameters together find what they find one by one.
#[track_caller]
fn finds(app: &App, expected: &[(&str, &str)]) {
    for (query, found) in expected {
        assert_eq!(titles(app, query), *found, "{query}");
    }
}

fn by_priority_one_or_several(database: Database) {
    let app = App::start(database);
    for priority in ["none", "low", "medium", "high"] {
        create(&app, json!({ "title": priority, "priority": priority }));
    }
    finds(
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

fn by_all_of_the_tags_to_the_letter(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "a", "tags": ["home", "garden"] }));
    create(&app, json!({ "title": "b", "tags": ["home office"] }));
    create(&app, json!({ "title": "c", "tags": ["Home", "\"home\"", "50%_\\"] }));
    create(&app, json!({ "title": "d", "tags": ["gärten 🏡"] }));
    finds(
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

fn by_text_whatever_its_case(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "ÄPFEL kaufen" }));
    create(&app, json!({ "title": "Straße", "description": "ΟΔΟΣ" }));
    create(&app, json!({ "title": "100%_done\\", "description": "line one\nline two" }));
    create(&app, json!({ "title": "plain" }));
    let both = titles(&app, "");
    finds(
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
            ("q=", &both),
        ],
    );
    // a text that is changed is found under its new words, and not under its old ones
    let id = create(&app, json!({ "title": "before", "description": "early" }))["id"].clone();
    let path = format!("/api/alice/tasks/{id}");
    app.by("alice", "PATCH", &path).json(&json!({ "title": "AFTER" })).send().expect(200);
    finds(&app, &[("q=after", "AFTER"), ("q=before", ""), ("q=early", "AFTER")]);
    app.by("alice", "PATCH", &path).json(&json!({ "description": null })).send().expect(200);
    finds(&app, &[("q=early", "")]);
}

fn by_due_date_and_never_those_without(database: Database) {
    let app = App::start(database);
    for (title, due) in [
        ("never", Value::Null),
        ("day", json!("2026-12-01")),
        ("noon", json!("2026-12-01T12:00:00Z")),
        ("later", json!("2026-12-02")),
    ] {
        create(&app, json!({ "title": title, "due_date": due }));
    }
    finds(
        &app,
        &[
            ("due_before=2026-12-01", "day noon"),
            ("due_date_to=2026-12-02", "day noon later"),
            ("due_before=2026-11-30", ""),
            ("due_after=2026-12-01", "day noon later"),
            ("due_date_from=2026-12-02", "later"),
            ("due_after=2026-12-01&due_before=2026-12-01", "day noon"),
            // a bound that is an instant: inclusive, and a day counts whole
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

fn by_words_for_due_dates(database: Database) {
    // what "today" is has changed if midnight passed meanwhile
    while !finds_by_words_for_due_dates(&App::start(database)) {}
}

/// False where the day changed before the last answer.
fn finds_by_words_for_due_dates(app: &App) -> bool {
    let now = Utc::now();
    let today = now.date_naive();
    let at = |moment: DateTime<Utc>| json!(moment.to_rfc3339_opts(SecondsFormat::Secs, true));
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
    let found = expected.map(|(query, _)| (query, titles(app, query)));
    let is_same_day = Utc::now().date_naive() == today;
    if is_same_day {
        assert_eq!(found, expected.map(|(query, titles)| (query, titles.to_owned())));
    }
    is_same_day
}

fn a_day_lies_in_the_zone_of_who_asks(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "day", "due_date": "2026-12-01" }));
    create(&app, json!({ "title": "evening", "due_date": "2026-12-01T23:30:00Z" }));
    finds(
        &app,
        &[
            ("due_before=2026-12-01", "day evening"),
            // half past midnight of the second, in Vienna
            ("due_before=2026-12-01&time_zone=Europe/Vienna", "day"),
            ("due_after=2026-12-02&time_zone=Europe/Vienna", "evening"),
            ("due_after=2026-12-02&time_zone=", ""),
            // an all-day date is its day wherever one is
            ("due_after=2026-12-01&due_before=2026-12-01&time_zone=Pacific/Kiritimati", "day"),
        ],
    );
}

fn by_what_has_changed_since(database: Database) {
    let app = App::start(database);
    let first = create(&app, json!({ "title": "first" }));
    let second = create(&app, json!({ "title": "second" }));
    let path = format!("/api/alice/tasks/{}", first["id"]);
    let changed = app.by("alice", "PATCH", &path).json(&json!({ "priority": "low" })).send().expect(200);
    let since = changed["updated_at"].as_str().unwrap();
    let expected = if second["updated_at"] == changed["updated_at"] { "first second" } else { "first" };
    assert_eq!(titles(&app, &format!("updated_since={since}")), expected);
    assert_eq!(titles(&app, "updated_since=2000-01-01T00:00:00Z"), "first second");
    assert_eq!(titles(&app, "updated_since=2999-01-01T00:00:00Z"), "");
}

fn wrong_filters_are_named_and_unknown_ones_ignored(database: Database) {
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
        let problem = app.by("alice", "GET", &format!("/api/alice/tasks?{query}")).send().expect(422);
        assert_eq!(problem["errors"][0]["pointer"], name, "{query}: {problem}");
    }
    assert_eq!(titles(&app, "colour=blue&user_id=bob&search=a&q=a"), "");
}

#[track_caller]
fn refused(app: &App, query: &str, pointer: &str, detail: &str) {
    for path in ["/api/alice/tasks", "/api/tasks/export"] {
        let problem = app.by("alice", "GET", &format!("{path}?{query}")).send().expect(422);
        let expected = serde_json::json!([{ "pointer": pointer, "detail": detail }]);
        assert_eq!(problem["errors"], expected, "{query}");
    }
}

fn a_search_text_has_at_most_100_characters(database: Database) {
    let app = App::start(database);
    let long = "ä".repeat(100);
    create(&app, json!({ "title": "long", "description": long }));
    create(&app, json!({ "title": "short", "description": "ä".repeat(99) }));
    let encoded = |count: usize| "%C3%84".repeat(count);
    for name in ["search", "q", "query"] {
        assert_eq!(titles(&app, &format!("{name}={}", encoded(100))), "long");
        refused(&app, &format!("{name}={}", encoded(101)), name, "must be at most 100 characters");
    }
    // blanks around it are not part of it
    assert_eq!(titles(&app, &format!("search=++{}++", encoded(100))), "long");
}

fn a_filter_has_at_most_20_tags(database: Database) {
    let app = App::start(database);
    let tags: Vec<String> = (1..=1000).map(|number| format!("tag{number}")).collect();
    create(&app, json!({ "title": "all", "tags": tags[..20] }));
    create(&app, json!({ "title": "but one", "tags": tags[..19] }));
    let repeated = |count: usize| format!("tag={}", tags[..count].join("&tag="));
    let listed = |count: usize| format!("tags={}", tags[..count].join(","));
    for query in [repeated(20), listed(20), format!("{}&{}", repeated(20), listed(20))] {
        assert_eq!(titles(&app, &query), "all");
    }
    for count in [21, 1000] {
        refused(&app, &repeated(count), "tag", "must be at most 20 values");
        refused(&app, &listed(count), "tags", "must be at most 20 values");
    }
    refused(&app, &format!("{}&tags=other", repeated(20)), "tags", "must be at most 20 values");
}

/// At the start and the end, over the edge of a character's bytes, and where it nearly stands several times.
fn a_text_is_found_wherever_it_stands(database: Database) {
    let app = App::start(database);
    create(&app, json!({ "title": "aaaab", "description": "ЖЖЖ 𝒳𝒳𝒴 100%_\\" }));
    for found in ["aaab", "aaaab", "b", "жжж", "𝒳𝒴", "100%_\\", "%_", "\\", "ж 𝒳"] {
        assert_eq!(titles(&app, &format!("search={}", percent(found))), "aaaab", "{found}");
    }
    for missing in ["aaaaab", "ba", "жжжж", "𝒳𝒳𝒳", "𝒴𝒳", "1%", "_%", "a%b", "aa_ab", "%%"] {
        assert_eq!(titles(&app, &format!("search={}", percent(missing))), "", "{missing}");
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
