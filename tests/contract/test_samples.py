"""One sample of every message: the same files are type-checked by TypeScript."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.converter import camel_case, make_converter

FOLDER = Path(__file__).parent
CLASSES: dict[str, type] = {
    item.__name__: item
    for item in vars(protocol).values()
    if isinstance(item, type) and attrs.has(item)
}
# Parts of messages have their samples in the messages.
WHOLE = sorted(
    kind.__name__
    for kind in (
        protocol.InitializationOptions,
        *(kind for pair in protocol.REQUESTS.values() for kind in pair),
        *protocol.NOTIFICATIONS.values(),
    )
    if attrs.has(kind)
)


def sample(name: str) -> object:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def test_every_message_has_a_sample() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(set(WHOLE))


@pytest.mark.parametrize("name", sorted(set(WHOLE)))
def test_a_sample_survives_the_way_to_python_and_back(name: str) -> None:
    converter = make_converter()

    message: object = converter.structure(sample(name), CLASSES[name])

    assert converter.unstructure(message) == sample(name)


@pytest.mark.parametrize("name", sorted(set(WHOLE)))
def test_a_sample_shows_every_member_at_least_once(name: str) -> None:
    kind = attrs.resolve_types(CLASSES[name])

    shown = sample(name)

    assert isinstance(shown, dict)
    assert shown.keys() == {camel_case(item.name) for item in attrs.fields(kind)}


def test_a_member_of_the_wrong_type_is_refused() -> None:
    wrong = {"root": "file:///a", "token": 3, "selection": {"kind": "all"}}

    with pytest.raises(Exception, match="RunParams"):
        make_converter().structure(wrong, protocol.RunParams)


def test_members_that_are_not_known_are_passed_over() -> None:
    params = make_converter().structure({"root": "x", "more": 1}, protocol.RootParams)

    assert params == protocol.RootParams(root="x")
