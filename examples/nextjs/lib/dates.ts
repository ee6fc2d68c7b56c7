// Due dates as people read them. A due date is a day, or an instant, which is shown on this machine's clock.

const isDay = (due: string) => due.length === 10;

/** A day at its start here, so that it does not become the day before west of Greenwich. */
const moment = (due: string) => new Date(isDay(due) ? `${due}T00:00` : due);

/** `2026-12-01` here, for a date field. */
export function dayOf(due: string | null): string {
  if (due === null || isDay(due)) return due ?? "";
  return localDay(moment(due));
}

export function isOverdue(due: string): boolean {
  return isDay(due) ? due < localDay(new Date()) : moment(due) < new Date();
}

export function dueText(due: string): string {
  if (dayOf(due) === localDay(new Date())) return isDay(due) ? "Today" : `Today, ${time.format(moment(due))}`;
  return isDay(due) ? day.format(moment(due)) : `${day.format(moment(due))}, ${time.format(moment(due))}`;
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const localDay = (at: Date) =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
