"""Who asks, and for whose tasks; what must hold of every answer beside what Schemathesis checks by itself."""

import os
import random
import re

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

ME = os.environ["FUZZ_USER"]
OTHER = os.environ["FUZZ_OTHER_USER"]
# every title, description and tag that the other has planted
OTHERS_TITLE = os.environ["FUZZ_OTHER_TITLE"]
PLANTED = int(os.environ["FUZZ_PLANTED"])


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Mostly the own tasks, and mostly such that exist; sometimes the other's, of both kinds."""
    if path_parameters and "user_id" in path_parameters and random.random() < 0.9:
        path_parameters["user_id"] = ME if random.random() < 0.85 else OTHER
    if path_parameters and "id" in path_parameters and random.random() < 0.8:
        path_parameters["id"] = random.randint(1, PLANTED)
    return path_parameters


@schemathesis.hook
def map_headers(context, headers):
    """A condition that was made up does not hold, and nothing behind it is reached: mostly without."""
    if headers and random.random() < 0.8:
        return {name: value for name, value in headers.items() if name.lower() not in ("if-match", "if-none-match")}
    return headers


@schemathesis.check
def other_user_stays_unseen(context, response, case):
    """No answer holds the other's id or one of the other's titles: not in its body, not in its headers."""
    seen = response.text + "".join(f"{name}: {value}\n" for name, value in response.headers.items())
    assert OTHERS_TITLE not in seen, f"{ME} was told a title of {OTHER}"
    assert OTHER not in seen, f"{ME} was told the id of {OTHER}"


def is_ignored(name, value):
    """By its contract the service passes over an empty parameter, and over words for an order or a count that it does not know."""
    return str(value).strip() == "" or name in ("sort", "order", "count")


TIMES = ("due_date", "remind_at", "created_at", "completed_at", "due_before", "due_after", "updated_since")
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?")
LOOSE_TIME = re.compile(r"\s*(\d{4}-\d\d-\d\d.*)?")


def is_loose_time(value):
    return isinstance(value, str) and LOOSE_TIME.fullmatch(value) and not TIME.fullmatch(value)


def is_read_too(body):
    """By its contract it reads a status that is true or false as well, tags that are one text or objects, and times that are empty
    or without an offset, seconds or a `T`."""
    if isinstance(body, list):
        return any(is_read_too(item) for item in body)
    if not isinstance(body, dict):
        return False
    tags = body.get("tags")
    return (
        isinstance(body.get("status"), bool)
        # where the document asks for one of the words, null is read as "not done"
        or ("title" not in body and body.get("status", "") is None)
        or any(is_loose_time(body.get(name)) for name in TIMES)
        or isinstance(tags, str)
        or (isinstance(tags, list) and any(isinstance(tag, dict) for tag in tags))
        or any(is_read_too(value) for value in body.values())
    )


@schemathesis.check
def wrong_values_are_refused(context, response, case):
    """Schemathesis' own check, but where the contract is lenient."""
    passed_over = any(is_ignored(name, value) for name, value in (case.query or {}).items())
    if not passed_over and not is_read_too(case.query) and not is_read_too(case.body):
        negative_data_rejection(context, response, case)
