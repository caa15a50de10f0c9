"""What the keys that we know must hold, and what is wrong with a value that does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pytest_recall import store

Role = Literal["failed", "known", "stepwise", "unfinished", "passed", "saved", "other"]

ROLES: dict[str, Role] = {
    store.LASTFAILED: "failed",
    store.NODEIDS: "known",
    store.STEPWISE: "stepwise",
    store.UNFINISHED: "unfinished",
    "recall/stepwise": "passed",
}
SAVED = "recall/failures/"
ENVIRONMENTS = "recall/environments/"


@dataclass(frozen=True)
class Key:
    """A key and what it is for."""

    name: str
    role: Role
    environment: str = ""


def key_of(name: str) -> Key:
    """Return what the key *name* is for."""
    if name in ROLES:
        return Key(name, ROLES[name])
    if name.startswith(SAVED):
        return Key(name, "saved")
    if name.startswith(ENVIRONMENTS):
        environment = name.removeprefix(ENVIRONMENTS).partition("/")[0]
        roles = {store.key_in(environment, key): role for key, role in ROLES.items()}
        return Key(name, roles.get(name, "other"), environment)
    return Key(name, "other")


def version_of(role: Role, value: object) -> int:
    """Return the version of a value that carries one, 1 for all others."""
    if role not in {"unfinished", "passed"} or not isinstance(value, dict):
        return 1
    version = value.get("version")
    return version if isinstance(version, int) else 1


def ids_in(role: Role, value: object) -> list[str]:
    """Return the ids that a value remembers, none if it cannot be used."""
    if problem_of(role, value) or version_of(role, value) > 1:
        return []
    match role:
        case "failed":
            return list(store.as_lastfailed(value) or ())
        case "known":
            return store.as_nodeids(value) or []
        case "unfinished":
            return store.as_unfinished(value) or []
        case _:
            return []


def problem_of(role: Role, value: object) -> str:
    """Return what is wrong with the shape of *value*, empty if it is right."""
    match role:
        case "failed" | "saved":
            return _problem_of_failed(value)
        case "known":
            return _problem_of_ids(value, "a list of node ids")
        case "stepwise":
            return _problem_of_stepwise(value)
        case "unfinished":
            return _problem_of_own(value, "ids")
        case "passed":
            return _problem_of_own(value, "passed")
        case "other":
            return ""


def _problem_of_failed(value: object) -> str:
    if not isinstance(value, dict):
        return f"is {_name(value)}, not an object of node ids"
    bad = sum(1 for failed in value.values() if not isinstance(failed, bool))
    return f"{bad} of its {len(value)} entries are not true" if bad else ""


def _problem_of_ids(value: object, wanted: str) -> str:
    if not isinstance(value, list):
        return f"is {_name(value)}, not {wanted}"
    bad = sum(1 for nodeid in value if not isinstance(nodeid, str))
    return f"{bad} of its {len(value)} entries are no node ids" if bad else ""


def _problem_of_own(value: object, ids: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("version"), int):
        return f"is {_name(value)}, not what Pytest Recall writes"
    return _problem_of_ids(value.get(ids), f"a list of node ids in {ids!r}")


def _problem_of_stepwise(value: object) -> str:
    """Say what pytest 8.4 and later would stumble over; what older ones have left is right too."""
    if value is None or value == [] or isinstance(value, str):
        return ""
    if not isinstance(value, dict):
        return f"is {_name(value)}, not what stepwise writes"
    if not isinstance(value.get("last_failed", 0), str | None):
        return "its last_failed is no node id"
    count = value.get("last_test_count", "")
    if not isinstance(count, int | None) or isinstance(count, bool):
        return "its last_test_count is no number"
    date = value.get("last_cache_date_str")
    try:
        moment = datetime.fromisoformat(date) if isinstance(date, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        return "its last_cache_date_str is no local time"
    return ""


def _name(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")
