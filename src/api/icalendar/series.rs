//! Combines the tasks of one uid: a repeating task, and the occurrences that replace some of its own (RECURRENCE-ID).
//!
//! A task of the service has no replaced occurrences. So a replaced occurrence becomes a task of its own, and the series skips it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::api::error::{ApiError, ApiResult, FieldError};
use crate::api::icalendar::texts;
use crate::api::icalendar::todo_task::ReadTask;
use crate::api::icalendar::zones::Zone;
use crate::api::import::drafts::ImportReader;
use crate::recurrence::{self, Budget, CompletedOccurrence, Due, RepeatFrom};
use crate::task::fields::ExcludedDates;

/// The maximum number of replaced occurrences of a series.
const MAX_REPLACED: usize = 500;

/// The tasks of series, until the end of the file: their order does not matter.
pub(crate) struct SeriesReader {
    /// The tasks of each uid in order, with their numbers in the file.
    series: HashMap<String, Vec<(usize, ReadTask)>>,
    budget: Budget,
}

impl Default for SeriesReader {
    fn default() -> Self {
        Self { series: HashMap::new(), budget: Budget::for_import() }
    }
}

impl SeriesReader {
    /// Adds a task. A task outside a series is imported at once.
    pub(crate) fn push(&mut self, task: ReadTask, imports: &mut ImportReader) -> ApiResult<()> {
        let number = imports.next_number()?;
        let is_of_series = task.rule.is_some() || task.recurrence_id.is_some();
        match &task.uid {
            Some(uid) if is_of_series => {
                self.series.entry(uid.clone()).or_default().push((number, task));
                Ok(())
            }
            _ => self.import(number, task, Vec::new(), imports),
        }
    }

    /// Imports the series.
    pub(crate) fn finish(mut self, imports: &mut ImportReader) -> ApiResult<()> {
        let mut series: Vec<_> = std::mem::take(&mut self.series).into_values().collect();
        series.sort_unstable_by_key(|tasks| tasks.first().map(|(number, _)| *number));
        for tasks in series {
            let replaced = tasks.iter().filter_map(|(_, task)| task.recurrence_id);
            let replaced: Vec<Due> = replaced.take(MAX_REPLACED).collect();
            for (number, mut task) in tasks {
                if let Some(occurrence) = task.recurrence_id {
                    task.rule = None;
                    task.excluded = Vec::new();
                    task.uid = task.uid.and_then(|uid| texts::uid(&format!("{uid}/{}", occurrence_text(occurrence))));
                    self.import(number, task, Vec::new(), imports)?;
                } else {
                    self.import(number, task, replaced.clone(), imports)?;
                }
            }
        }
        Ok(())
    }

    fn import(
        &mut self,
        number: usize,
        mut task: ReadTask,
        replaced: Vec<Due>,
        imports: &mut ImportReader,
    ) -> ApiResult<()> {
        task.excluded.extend(replaced);
        if task.errors.is_empty() && !task.excluded.is_empty() {
            self.skip_excluded(&mut task);
        }
        let (revision, notes) = (task.revision, std::mem::take(&mut task.notes));
        match task.errors.is_empty() {
            true => imports.validate(number, task.into_members(), revision, &notes),
            false => imports.reject(number, task.uid, Some(task.title), ApiError::ValidationFailed(task.errors)),
        }
    }

    /// Moves a repeating task to its first occurrence that is not excluded.
    fn skip_excluded(&mut self, task: &mut ReadTask) {
        let excluded = std::mem::take(&mut task.excluded);
        let (Some(mut rule), Some(mut due)) = (task.rule.clone(), task.due) else { return };
        let zone = task.zone.unwrap_or(Tz::UTC);
        let (first, index) = (due, ExcludedIndex::new(&excluded, zone));
        let mut rule_start = None;
        while index.contains(due, zone) {
            match self.next(&rule, due, rule_start, zone) {
                Ok(Some(next)) => (rule, due, rule_start) = (next.rule, next.due, next.start),
                Ok(None) => {
                    return task
                        .errors
                        .push(FieldError::member("excluded_dates", "must leave an occurrence of the series"));
                }
                Err(detail) => return task.errors.push(detail),
            }
        }
        task.remind_at = task.remind_at.and_then(|at| moved(at, first, due, zone));
        let mut later: Vec<Due> = excluded.into_iter().filter(|date| is_after(*date, due, zone)).collect();
        later.sort_unstable_by_key(|date| start(*date, zone));
        later.dedup();
        if later.len() > ExcludedDates::MAX {
            task.notes.push(format!("only the next {} excluded dates are kept", ExcludedDates::MAX));
            later.truncate(ExcludedDates::MAX);
        }
        (task.rule, task.due, task.rule_start, task.excluded) = (Some(rule), Some(due), rule_start, later);
    }

    fn next(
        &mut self,
        rule: &str,
        due: Due,
        rule_start: Option<NaiveDateTime>,
        zone: Tz,
    ) -> Result<Option<recurrence::NextOccurrence>, FieldError> {
        // completed before it was due, so that no occurrence is missed
        let completed_at = start(due, zone).checked_sub_signed(TimeDelta::days(1)).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let Some(rule) = recurrence::parse(rule) else {
            return Err(FieldError::member("recurrence_rule", "must be an RRULE"));
        };
        let occurrence = CompletedOccurrence {
            rule: &rule,
            from: RepeatFrom::DueDate,
            due: Some(due),
            start: rule_start,
            zone,
            completed_at,
        };
        recurrence::next(&occurrence, &mut self.budget).map_err(FieldError::from)
    }
}

/// Excluded dates, for many comparisons. The meaning is that of [`ExcludedDates::contains`].
struct ExcludedIndex {
    instants: HashSet<DateTime<Utc>>,
    days: HashSet<NaiveDate>,
    days_of_instants: HashSet<NaiveDate>,
}

impl ExcludedIndex {
    fn new(excluded: &[Due], zone: Tz) -> Self {
        let (mut instants, mut days) = (HashSet::new(), HashSet::new());
        for date in excluded {
            match date {
                Due::At(at) => drop(instants.insert(*at)),
                Due::Day(day) => drop(days.insert(*day)),
            }
        }
        let days_of_instants = instants.iter().map(|at| at.with_timezone(&zone).date_naive()).collect();
        Self { instants, days, days_of_instants }
    }

    fn contains(&self, occurrence: Due, zone: Tz) -> bool {
        match occurrence {
            Due::At(at) => self.instants.contains(&at) || self.days.contains(&at.with_timezone(&zone).date_naive()),
            Due::Day(day) => self.days.contains(&day) || self.days_of_instants.contains(&day),
        }
    }
}

/// Returns the instant of a date. A day is its midnight in the zone.
fn start(due: Due, zone: Tz) -> DateTime<Utc> {
    match due {
        Due::At(at) => at,
        Due::Day(day) => {
            let midnight = day.and_time(NaiveTime::MIN);
            recurrence::to_instant(midnight, zone).unwrap_or_else(|| midnight.and_utc())
        }
    }
}

/// Returns whether an excluded date can still be an occurrence after this one.
fn is_after(date: Due, due: Due, zone: Tz) -> bool {
    let day = |date: Due| match date {
        Due::Day(day) => day,
        Due::At(at) => at.with_timezone(&zone).date_naive(),
    };
    match (date, due) {
        (Due::At(date), Due::At(due)) => date > due,
        (Due::Day(_), Due::At(_)) => day(date) >= day(due),
        _ => day(date) > day(due),
    }
}

/// Moves a reminder as far as the due date, in local time.
fn moved(at: DateTime<Utc>, from: Due, to: Due, zone: Tz) -> Option<DateTime<Utc>> {
    let local = |due: Due| start(due, zone).with_timezone(&zone).naive_local();
    let by = local(to).signed_duration_since(local(from));
    let moved = at.with_timezone(&zone).naive_local().checked_add_signed(by)?;
    Zone::Iana(zone).instant(moved, false)
}

/// Writes an occurrence as RECURRENCE-ID has it.
fn occurrence_text(occurrence: Due) -> String {
    match occurrence {
        Due::Day(day) => day.format("%Y%m%d").to_string(),
        Due::At(at) => at.format("%Y%m%dT%H%M%SZ").to_string(),
    }
}
