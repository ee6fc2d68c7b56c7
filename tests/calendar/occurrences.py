"""Finds the next occurrences of calendars with recurring_ical_events.

Reads {"count": n, "requests": [{"calendar": text, "from": date}, ...]} and writes a list of dates for each request.
"""

import datetime
import itertools
import json
import sys

import icalendar
import recurring_ical_events


def parse(text):
    """Parses a day or an instant."""
    if len(text) == len("2027-01-04"):
        return datetime.date.fromisoformat(text)
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def occurrences(request, count):
    """Returns the first occurrences after a date."""
    calendar = icalendar.Calendar.from_ical(request["calendar"])
    start = parse(request["from"])
    query = recurring_ical_events.of(calendar, components=["VTODO"])
    found = (todo["DTSTART"].dt for todo in query.after(start))
    return list(itertools.islice(map(text, (date for date in found if is_after(date, start))), count))


def is_after(date, start):
    return date > start


def text(date):
    if isinstance(date, datetime.datetime):
        return date.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    return date.isoformat()


def main():
    document = json.load(sys.stdin)
    json.dump([occurrences(request, document["count"]) for request in document["requests"]], sys.stdout)


main()
