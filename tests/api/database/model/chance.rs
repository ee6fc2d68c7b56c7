//! Operations by chance: the same for the same seed. Values are few, so that they meet.

use chrono::{DateTime, Days, NaiveTime, SubsecRound, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use task_api::db::{DueFilter, DueRange, Filter, IdempotencyRequest, List, PageStart, Sort, SortKey, VersionCondition};
use task_api::recurrence::{Due, RepeatFrom};
use task_api::task::{Completion, NewTask, Priority, Task, TaskPatch};

use super::lists::position;
use super::memory::{Memory, Row};
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
// clocks change there at hours at which nothing of this test is due
const ZONES: &[&str] = &["America/New_York", "America/Los_Angeles", "Asia/Kolkata", "UTC"];
const PRIORITIES: &[Priority] = &[Priority::None, Priority::Low, Priority::Medium, Priority::High];
/// A user with more tasks than this deletes more than they create.
const MANY: usize = 25;

/// What happens next, and when.
pub struct Chance {
    random: StdRng,
    now: DateTime<Utc>,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        let now = "2026-10-20T20:00:00.000Z".parse().expect("an instant");
        Self { random: StdRng::seed_from_u64(seed), now }
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.random).expect("there are some").clone()
    }

    fn one_in(&mut self, number: u32) -> bool {
        self.random.random_ratio(1, number)
    }

    fn perhaps<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.random.random::<bool>().then(|| make(self))
    }

    fn rarely<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(5).then(|| make(self))
    }

    /// What this user does next. Time goes on by nothing at all, by less than is stored, or by hours.
    pub fn operation(&mut self, memory: &Memory, user: &str) -> Operation {
        let later = match self.random.random_range(0..10) {
            0..2 => TimeDelta::zero(),
            2..4 => TimeDelta::microseconds(self.random.random_range(1..2_000)),
            4..9 => TimeDelta::seconds(self.random.random_range(1..3_600)),
            _ => TimeDelta::minutes(self.random.random_range(1..1_500)),
        };
        self.now += later;
        match self.random.random_range(0..100) {
            0..6 => {
                let parts = (0..self.random.random_range(1..5)).map(|_| self.single(memory, user));
                Operation::Together(parts.collect())
            }
            6 => Operation::Sweep { now: self.now, trash_life: TimeDelta::days(self.random.random_range(1..30)) },
            _ => self.single(memory, user),
        }
    }

    fn single(&mut self, memory: &Memory, user: &str) -> Operation {
        let live = memory.rows.iter().filter(|row| row.task.user_id == user && row.deleted_at.is_none()).count();
        let id = self.id(memory, user);
        let expected = self.expected(memory, id);
        match self.random.random_range(0..100) {
            0..18 if live < MANY => Operation::Create(self.draft()),
            0..18 => Operation::Delete(id, expected, self.now),
            18..22 => Operation::CreateOnce(self.draft(), self.once()),
            22..42 => Operation::Update(id, self.change(), expected),
            42..54 => Operation::Update(id, TaskPatch::completion(self.completion(), self.now), expected),
            54..61 => Operation::Delete(id, expected, self.now),
            61..66 => Operation::Restore(id, expected, self.now),
            66..70 => Operation::DeleteForEver(id, expected),
            70..75 => Operation::Get(id),
            75..97 => Operation::List(self.list(memory, user)),
            _ => Operation::Stats { overdue: self.overdue(true), completed_since: self.now - TimeDelta::days(2) },
        }
    }

    /// Mostly of a task of this user; else of another's, one that is gone, or one that never was.
    fn id(&mut self, memory: &Memory, user: &str) -> i64 {
        let (mine, others): (Vec<&Row>, Vec<&Row>) = memory.rows.iter().partition(|row| row.task.user_id == user);
        match self.random.random_range(0..12) {
            0..10 if !mine.is_empty() => self.pick(&mine).task.id,
            10 if !others.is_empty() => self.pick(&others).task.id,
            _ => self.random.random_range(0..=memory.created),
        }
    }

    fn expected(&mut self, memory: &Memory, id: i64) -> VersionCondition {
        let row = memory.rows.iter().find(|row| row.task.id == id);
        let version = row.map_or(1, |row| row.task.version);
        match self.random.random_range(0..20) {
            0..3 => VersionCondition::Versions(vec![version]),
            3 => VersionCondition::Versions(vec![version - 1]),
            4 => VersionCondition::Versions(vec![version + 10, version]),
            5 => VersionCondition::Versions(vec![]),
            _ => VersionCondition::Any,
        }
    }

    fn draft(&mut self) -> NewTask {
        NewTask {
            title: self.title(),
            description: self.perhaps(Self::description),
            completed: self.one_in(8),
            priority: self.pick(PRIORITIES),
            tags: self.tags(),
            due: self.perhaps(Self::due),
            time_zone: self.perhaps(|chance| chance.pick(ZONES).into()),
            remind_at: self.perhaps(Self::instant),
            recurrence_rule: self.perhaps(Self::rule),
            repeat_from: self.repeat_from(),
            now: self.now,
        }
    }

    fn change(&mut self) -> TaskPatch {
        TaskPatch {
            title: self.perhaps(Self::title),
            description: self.perhaps(|chance| chance.perhaps(Self::description)),
            completion: if self.one_in(3) { self.completion() } else { Completion::Keep },
            priority: self.perhaps(|chance| chance.pick(PRIORITIES)),
            tags: self.perhaps(Self::tags),
            due: self.perhaps(|chance| chance.perhaps(Self::due)),
            time_zone: self.perhaps(|chance| chance.perhaps(|chance| chance.pick(ZONES).into())),
            remind_at: self.perhaps(|chance| chance.perhaps(Self::instant)),
            recurrence_rule: self.perhaps(|chance| chance.perhaps(Self::rule)),
            repeat_from: self.perhaps(Self::repeat_from),
            now: self.now,
        }
    }

    fn completion(&mut self) -> Completion {
        self.pick(&[Completion::Toggle, Completion::Toggle, Completion::Set(true), Completion::Set(false)])
    }

    /// Few keys and few bodies, so that they come again.
    fn once(&mut self) -> IdempotencyRequest {
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

    /// At midnight, where days are kept too, or in the afternoon.
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

    fn list(&mut self, memory: &Memory, user: &str) -> List {
        let keys = [SortKey::CreatedAt, SortKey::UpdatedAt, SortKey::DueDate, SortKey::Priority, SortKey::Title];
        let sort = Sort { key: self.pick(&keys), descending: self.random.random() };
        let mine: Vec<&Task> = memory.rows.iter().map(|row| &row.task).filter(|task| task.user_id == user).collect();
        let start = if mine.is_empty() || self.one_in(3) {
            PageStart::Offset(self.random.random_range(0..8))
        } else {
            let mut behind = position(self.pick(&mine), sort.key);
            // a position whose row has been changed since, or is gone
            behind.id = self.rarely(|chance| chance.pick(&mine).id).unwrap_or(behind.id);
            PageStart::After(behind)
        };
        let limit = if self.one_in(3) { 1_000 } else { self.random.random_range(1..10) };
        List { filter: self.filter(memory), sort, limit, start, count: self.one_in(3) }
    }

    fn filter(&mut self, memory: &Memory) -> Filter {
        Filter {
            completed: self.rarely(|chance| chance.random.random()),
            priorities: (0..4).filter_map(|_| self.rarely(|chance| chance.pick(PRIORITIES))).collect(),
            tags: (0..2).filter_map(|_| self.rarely(|chance| chance.pick(TAGS).into())).collect(),
            search: self.rarely(|chance| chance.pick(SEARCHES).into()),
            due: (0..2).filter_map(|_| self.rarely(Self::due_filter)).collect(),
            updated_since: self.rarely(|chance| chance.now.trunc_subsecs(3) - TimeDelta::hours(4)),
            series: self.rarely(|chance| memory.rows.choose(&mut chance.random)?.task.series_id).flatten(),
            deleted: self.one_in(5),
        }
    }

    fn due_filter(&mut self) -> DueFilter {
        match self.random.random_range(0..5) {
            0 => DueFilter::Unset,
            1 => DueFilter::Set,
            2 => {
                let is = self.random.random();
                self.overdue(is)
            }
            _ => DueFilter::Within(DueRange {
                first_day: self.perhaps(Self::day),
                last_day: self.perhaps(Self::day),
                from: self.perhaps(|chance| chance.instant().trunc_subsecs(3)),
                before: self.perhaps(|chance| chance.instant().trunc_subsecs(3)),
            }),
        }
    }

    fn overdue(&mut self, is: bool) -> DueFilter {
        let now = self.now.trunc_subsecs(3);
        DueFilter::Overdue { today: now.date_naive(), now, is_overdue: is }
    }
}
