"""Right params of any message, and all that can be wrong with them."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import Literal, get_args, get_origin

import attrs
from tests.python.server.fuzzclient import Json

from pytest_recall_server.lsp.converter import camel_case

# Of each type one that is wrong somewhere, and what breaks careless code.
WRONG: tuple[Json, ...] = (
    *(None, True, 0, -1, 1.5, 2**80, 1e300, "", "x", "\ud800", "\0", [], [[]], {}, {"a": 1}),
    {"jsonrpc": "2.0", "id": 7, "method": "recall/status"},
)


def sample(kind: object, name: str) -> Json:  # noqa: PLR0911 # one for each kind
    """Return a right value for a member of a message."""
    if isinstance(kind, type) and attrs.has(kind):
        attrs.resolve_types(kind)
        return {
            camel_case(item.name.rstrip("_")): sample(item.type, item.name)
            for item in attrs.fields(kind)
        }
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind)).value
    options = get_args(kind)
    if options and get_origin(kind) is Literal:
        return options[0]
    origin: object = get_origin(kind)
    if options and isinstance(origin, type) and issubclass(origin, Sequence):
        return [sample(options[0], name)]
    if type(None) in options or kind is type(None):
        return None
    if options:
        return sample(options[0], name)
    plain: dict[object, Json] = {str: f"some {name}", int: 1, bool: True, float: 1.0}
    return plain.get(kind)


def broken(value: Json) -> Iterator[Json]:
    """Yield *value* with each of its members replaced by each wrong value, and left out."""
    yield from WRONG
    if isinstance(value, dict):
        for name, member in value.items():
            yield {key: each for key, each in value.items() if key != name}
            yield from ({**value, name: wrong} for wrong in broken(member))
    elif isinstance(value, list) and value:
        yield from ([wrong] for wrong in broken(value[0]))
