"""Finds the next occurrences of calendars with recurring_ical_events.

Reads {"count": n, "requests": [{"calendar": text, "from": date}, ...]} and writes a list of dates for each request.
"""

import datetime
import json
import sys

import icalendar
import recurring_ical_events


def parse(text):
    """Parses a day or an instant."""
    if len(text) == len("2027-01-04"):
        return datetime.date.fromisoformat(text)
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# The years in which occurrences are searched, in turn. A search for all occurrences of a finished series would last until the year 9999.
YEARS = [1, 12, 90]


def occurrences(request, count):
    """Returns the first occurrences after a date."""
    calendar = icalendar.Calendar.from_ical(request["calendar"])
    start = parse(request["from"])
    query = recurring_ical_events.of(calendar, components=["VTODO"])
    for years in YEARS:
        todos = query.between(start, start + datetime.timedelta(days=366 * years))
        found = sorted(date for date in (todo["DTSTART"].dt for todo in todos) if date > start)
        if len(found) >= count:
            break
    return [text(date) for date in found[:count]]


def text(date):
    if isinstance(date, datetime.datetime):
        return date.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    return date.isoformat()


def main():
    document = json.load(sys.stdin)
    json.dump([occurrences(request, document["count"]) for request in document["requests"]], sys.stdout)


main()
