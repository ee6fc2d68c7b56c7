"""Schemathesis hooks that choose the user and the task of each request, and checks beyond Schemathesis' own."""

import os
import random
import re

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

USER = os.environ["FUZZ_USER"]
OTHER_USER = os.environ["FUZZ_OTHER_USER"]
# The text in each title, description and tag of the other user's tasks.
OTHER_TITLE = os.environ["FUZZ_OTHER_TITLE"]
TASK_COUNT = int(os.environ["FUZZ_TASK_COUNT"])


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Uses mostly existing ids and the own user id, sometimes the other user's id and other values."""
    if path_parameters and "user_id" in path_parameters and random.random() < 0.9:
        path_parameters["user_id"] = USER if random.random() < 0.85 else OTHER_USER
    if path_parameters and "id" in path_parameters and random.random() < 0.8:
        path_parameters["id"] = random.randint(1, TASK_COUNT)
    return path_parameters


@schemathesis.hook
def map_headers(context, headers):
    """Drops most generated conditions. A generated condition fails, so the request would end with it."""
    if headers and random.random() < 0.8:
        return {name: value for name, value in headers.items() if name.lower() not in ("if-match", "if-none-match")}
    return headers


@schemathesis.check
def no_data_of_other_user(context, response, case):
    """Asserts that body and headers contain neither the other user's id nor the text of their tasks."""
    content = response.text + "".join(f"{name}: {value}\n" for name, value in response.headers.items())
    assert OTHER_TITLE not in content, f"the response to {USER} contains a title of {OTHER_USER}"
    assert OTHER_USER not in content, f"the response to {USER} contains the id of {OTHER_USER}"


def is_ignored_parameter(name, value):
    """Returns whether the service ignores the parameter: it is empty, or `sort`, `order` or `count`, whose unknown values it ignores."""
    return str(value).strip() == "" or name in ("sort", "order", "count")


TIME_FIELDS = ("due_date", "remind_at", "created_at", "completed_at", "due_before", "due_after", "updated_since")
STRICT_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?")
LOOSE_TIME = re.compile(r"\s*(\d{4}-\d\d-\d\d.*)?")


def is_loose_time(value):
    return isinstance(value, str) and LOOSE_TIME.fullmatch(value) and not STRICT_TIME.fullmatch(value)


def is_leniently_accepted(body):
    """Returns whether the contract accepts more than the document: a boolean status, tags as one text or as objects, and times that
    are empty or have no offset, seconds or `T`."""
    if isinstance(body, list):
        return any(is_leniently_accepted(item) for item in body)
    if not isinstance(body, dict):
        return False
    tags = body.get("tags")
    return (
        isinstance(body.get("status"), bool)
        # In a body without a title, a status of null means not completed. The document allows only the words.
        or ("title" not in body and body.get("status", "") is None)
        or any(is_loose_time(body.get(name)) for name in TIME_FIELDS)
        or isinstance(tags, str)
        or (isinstance(tags, list) and any(isinstance(tag, dict) for tag in tags))
        or any(is_leniently_accepted(value) for value in body.values())
    )


def reports_rejected_tasks(response, case):
    """Returns whether an import reports tasks that it rejects. It stores the valid ones, so its status is 200."""
    return case.path.endswith("/import") and response.status_code == 200 and response.json()["rejected"] != []


@schemathesis.check
def invalid_values_are_rejected(context, response, case):
    """Runs Schemathesis' own check, except where the contract is lenient."""
    ignores_parameter = any(is_ignored_parameter(name, value) for name, value in (case.query or {}).items())
    is_lenient = ignores_parameter or is_leniently_accepted(case.query) or is_leniently_accepted(case.body)
    if not is_lenient and not reports_rejected_tasks(response, case):
        negative_data_rejection(context, response, case)
