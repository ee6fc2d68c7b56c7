//! Generates random operations, reproducible by seed. Few distinct values make collisions likely.

use chrono::{DateTime, Days, NaiveTime, SubsecRound, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use task_api::db::{
    DueFilter, DueRange, Filter, GroupSpans, IdempotencyRequest, List, PageStart, Sort, SortKey, VersionCondition,
    ZoneGroups, ZoneRanges,
};
use task_api::recurrence::{Due, RepeatFrom};
use task_api::task::{Completion, NewTask, Priority, Task, TaskPatch};

use super::lists::keyset;
use super::memory::{InMemoryStore, Row};
use super::operation::Operation;

const TITLES: &[&str] = &[
    "Buy milk",
    "buy MILK",
    "Straße",
    "STRASSE",
    "Äpfel",
    "äPFEL",
    "apfel",
    "100%",
    "100 %",
    "a_b",
    "aXb",
    "back\\slash",
    "ΣΊΣΥΦΟΣ",
    "Σίσυφος",
    "İstanbul",
    "it's \"quoted\"",
    "日本",
    "\u{1f980}",
    "z",
];
const SEARCHES: &[&str] =
    &["", "milk", "MILK", "%", "_", "\\", "strasse", "ß", "ä", "Σ", "ς", "'", "\"", "a_b", "i\u{307}", "本", "nowhere"];
const TAGS: &[&str] = &["home", "Home", "work", "b", "a,b", "say \"b", "back\\", "[", "ü", "100%"];
// no due time of this test is at a clock change of these zones
const ZONES: &[&str] = &["America/New_York", "America/Los_Angeles", "Asia/Kolkata", "UTC"];
const PRIORITIES: &[Priority] = &[Priority::None, Priority::Low, Priority::Medium, Priority::High];
/// A user with this many active tasks mostly deletes instead of creating.
const MAX_ACTIVE_TASKS: usize = 25;

/// Generates operations and their timestamps.
pub struct OperationGenerator {
    random: StdRng,
    now: DateTime<Utc>,
}

impl OperationGenerator {
    pub fn new(seed: u64) -> Self {
        let now = "2026-10-20T20:00:00.000Z".parse().expect("an instant");
        Self { random: StdRng::seed_from_u64(seed), now }
    }

    /// Returns a random element.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.random).expect("a non-empty slice").clone()
    }

    fn one_in(&mut self, number: u32) -> bool {
        self.random.random_ratio(1, number)
    }

    fn sometimes<T>(&mut self, generate: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.random.random::<bool>().then(|| generate(self))
    }

    fn rarely<T>(&mut self, generate: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(5).then(|| generate(self))
    }

    /// Returns the next operation of a user. The clock advances by zero, by less than 2 ms, or by up to 25 hours.
    pub fn operation(&mut self, model: &InMemoryStore, user: &str) -> Operation {
        let elapsed = match self.random.random_range(0..10) {
            0..2 => TimeDelta::zero(),
            2..4 => TimeDelta::microseconds(self.random.random_range(1..2_000)),
            4..9 => TimeDelta::seconds(self.random.random_range(1..3_600)),
            _ => TimeDelta::minutes(self.random.random_range(1..1_500)),
        };
        self.now += elapsed;
        match self.random.random_range(0..100) {
            0..6 => {
                let parts = (0..self.random.random_range(1..5)).map(|_| self.single(model, user));
                Operation::Transaction(parts.collect())
            }
            6 => {
                Operation::PurgeExpired { now: self.now, trash_life: TimeDelta::days(self.random.random_range(1..30)) }
            }
            _ => self.single(model, user),
        }
    }

    fn single(&mut self, model: &InMemoryStore, user: &str) -> Operation {
        let active = model.rows.iter().filter(|row| row.task.user_id == user && row.deleted_at.is_none()).count();
        let id = self.id(model, user);
        let condition = self.version_condition(model, id);
        match self.random.random_range(0..100) {
            0..18 if active < MAX_ACTIVE_TASKS => Operation::Create(self.new_task()),
            0..18 => Operation::Delete(id, condition, self.now),
            18..22 => Operation::CreateIdempotent(self.new_task(), self.idempotency()),
            22..42 => Operation::Update(id, self.patch(), condition),
            42..54 => Operation::Update(id, TaskPatch::completion(self.completion(), self.now), condition),
            54..61 => Operation::Delete(id, condition, self.now),
            61..66 => Operation::Restore(id, condition, self.now),
            66..70 => Operation::Purge(id, condition),
            70..75 => Operation::Get(id),
            75..97 => Operation::List(self.list(model, user)),
            _ => Operation::Stats { overdue: self.overdue(true), completed_since: self.now - TimeDelta::days(2) },
        }
    }

    /// Returns mostly an id of this user's tasks, else of another user's task, a purged one, or none.
    fn id(&mut self, model: &InMemoryStore, user: &str) -> i64 {
        let (own, others): (Vec<&Row>, Vec<&Row>) = model.rows.iter().partition(|row| row.task.user_id == user);
        match self.random.random_range(0..12) {
            0..10 if !own.is_empty() => self.pick(&own).task.id,
            10 if !others.is_empty() => self.pick(&others).task.id,
            _ => self.random.random_range(0..=model.created),
        }
    }

    fn version_condition(&mut self, model: &InMemoryStore, id: i64) -> VersionCondition {
        let row = model.rows.iter().find(|row| row.task.id == id);
        let version = row.map_or(1, |row| row.task.version);
        match self.random.random_range(0..20) {
            0..3 => VersionCondition::Versions(vec![version]),
            3 => VersionCondition::Versions(vec![version - 1]),
            4 => VersionCondition::Versions(vec![version + 10, version]),
            5 => VersionCondition::Versions(vec![]),
            _ => VersionCondition::Any,
        }
    }

    fn new_task(&mut self) -> NewTask {
        NewTask {
            title: self.title(),
            description: self.sometimes(Self::description),
            completed: self.one_in(8),
            priority: self.pick(PRIORITIES),
            tags: self.tags(),
            due: self.sometimes(Self::due),
            time_zone: self.sometimes(|generator| generator.pick(ZONES).into()),
            remind_at: self.sometimes(Self::instant),
            recurrence_rule: self.sometimes(Self::rule),
            repeat_from: self.repeat_from(),
            recurrence_start: None,
            remind_local: None,
            excluded_dates: self.excluded_dates(),
            now: self.now,
        }
    }

    fn patch(&mut self) -> TaskPatch {
        TaskPatch {
            title: self.sometimes(Self::title),
            description: self.sometimes(|generator| generator.sometimes(Self::description)),
            completion: if self.one_in(3) { self.completion() } else { Completion::Keep },
            priority: self.sometimes(|generator| generator.pick(PRIORITIES)),
            tags: self.sometimes(Self::tags),
            due: self.sometimes(|generator| generator.sometimes(Self::due)),
            time_zone: self.sometimes(|generator| generator.sometimes(|generator| generator.pick(ZONES).into())),
            remind_at: self.sometimes(|generator| generator.sometimes(Self::instant)),
            recurrence_rule: self.sometimes(|generator| generator.sometimes(Self::rule)),
            repeat_from: self.sometimes(Self::repeat_from),
            excluded_dates: self.rarely(Self::excluded_dates),
            now: self.now,
        }
    }

    fn completion(&mut self) -> Completion {
        self.pick(&[Completion::Toggle, Completion::Toggle, Completion::Set(true), Completion::Set(false)])
    }

    /// Few keys and few fingerprints, for frequent replays.
    fn idempotency(&mut self) -> IdempotencyRequest {
        IdempotencyRequest {
            key: self.pick(&["k1", "k2", "k3"]).into(),
            fingerprint: self.pick(&["f1", "f1", "f1", "f2"]).into(),
        }
    }

    fn title(&mut self) -> String {
        self.pick(TITLES).into()
    }

    fn description(&mut self) -> String {
        if self.one_in(4) { String::new() } else { format!("{}\n\t{}", self.pick(TITLES), self.pick(TITLES)) }
    }

    fn tags(&mut self) -> Vec<String> {
        let count = self.random.random_range(0..4);
        TAGS.choose_multiple(&mut self.random, count).map(|tag| (*tag).into()).collect()
    }

    fn due(&mut self) -> Due {
        if self.random.random() { Due::Day(self.day()) } else { Due::At(self.instant().trunc_subsecs(0)) }
    }

    fn day(&mut self) -> chrono::NaiveDate {
        self.now.date_naive() - Days::new(8) + Days::new(self.random.random_range(0..16))
    }

    /// Returns an instant at midnight, where all-day dates are stored too, or in the afternoon.
    fn instant(&mut self) -> DateTime<Utc> {
        let hour = NaiveTime::from_hms_micro_opt(15, 30, 0, self.random.random_range(0..3) * 700);
        let hour = if self.one_in(3) { NaiveTime::MIN } else { hour.expect("an hour") };
        self.day().and_time(hour).and_utc()
    }

    fn rule(&mut self) -> String {
        let until = format!("FREQ=DAILY;UNTIL={}", (self.now + TimeDelta::days(3)).format("%Y%m%dT000000Z"));
        let rules = ["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;COUNT=4", &until];
        self.pick(&rules).into()
    }

    fn repeat_from(&mut self) -> RepeatFrom {
        self.pick(&[RepeatFrom::DueDate, RepeatFrom::Completion])
    }

    /// Days, and instants of which some are occurrences.
    fn excluded_dates(&mut self) -> Vec<Due> {
        let count = if self.one_in(3) { self.random.random_range(1..6) } else { 0 };
        (0..count).map(|_| self.due()).collect()
    }

    fn list(&mut self, model: &InMemoryStore, user: &str) -> List {
        let keys = [SortKey::CreatedAt, SortKey::UpdatedAt, SortKey::DueDate, SortKey::Priority, SortKey::Title];
        let sort = Sort { key: self.pick(&keys), descending: self.random.random() };
        let own: Vec<&Task> = model.rows.iter().map(|row| &row.task).filter(|task| task.user_id == user).collect();
        let start = if own.is_empty() || self.one_in(3) {
            PageStart::Offset(self.random.random_range(0..8))
        } else {
            let mut keyset = keyset(self.pick(&own), sort.key);
            // a keyset whose row was changed or purged since
            keyset.id = self.rarely(|generator| generator.pick(&own).id).unwrap_or(keyset.id);
            PageStart::After(keyset)
        };
        let limit = if self.one_in(3) { 1_000 } else { self.random.random_range(1..10) };
        List { filter: self.filter(model), sort, limit, start, count: self.one_in(3) }
    }

    fn filter(&mut self, model: &InMemoryStore) -> Filter {
        Filter {
            completed: self.rarely(|generator| generator.random.random()),
            priorities: (0..4).filter_map(|_| self.rarely(|generator| generator.pick(PRIORITIES))).collect(),
            tags: (0..2).filter_map(|_| self.rarely(|generator| generator.pick(TAGS).into())).collect(),
            search: self.rarely(|generator| generator.pick(SEARCHES).into()),
            due: (0..2).filter_map(|_| self.rarely(Self::due_filter)).collect(),
            updated_since: self.rarely(|generator| generator.now.trunc_subsecs(3) - TimeDelta::hours(4)),
            series: self.rarely(|generator| model.rows.choose(&mut generator.random)?.task.series_id).flatten(),
            deleted: self.one_in(5),
        }
    }

    fn due_filter(&mut self) -> DueFilter {
        match self.random.random_range(0..7) {
            0 => DueFilter::Unset,
            1 => DueFilter::Set,
            5 => DueFilter::WithinOwnZone(self.zone_ranges()),
            6 => DueFilter::OverdueInOwnZone { passed: self.zone_ranges(), is_overdue: self.random.random() },
            2 => {
                let is = self.random.random();
                self.overdue(is)
            }
            _ => DueFilter::Within(DueRange {
                first_day: self.sometimes(Self::day),
                last_day: self.sometimes(Self::day),
                from: self.sometimes(|generator| generator.instant().trunc_subsecs(3)),
                before: self.sometimes(|generator| generator.instant().trunc_subsecs(3)),
            }),
        }
    }

    /// Returns ranges of three groups of zones. The last zone has none, and then the group of tasks without a zone.
    fn zone_ranges(&mut self) -> ZoneRanges {
        let mut span = || {
            let start = self.instant().trunc_subsecs(3).naive_utc();
            (start, start + TimeDelta::hours(self.random.random_range(0..72)))
        };
        let spans = (0..3).map(|_| GroupSpans { instants: span(), days: span() }).collect();
        let groups = ZONES[..3].iter().zip([1, 2, 0]).map(|(zone, group)| (*zone, group));
        ZoneRanges::new(ZoneGroups::new(groups.collect()).into(), spans)
    }

    fn overdue(&mut self, is: bool) -> DueFilter {
        let now = self.now.trunc_subsecs(3);
        DueFilter::Overdue { today: now.date_naive(), now, is_overdue: is }
    }
}
