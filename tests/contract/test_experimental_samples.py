"""One sample of every message of rust-analyzer's that this server speaks."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from pytest_recall_server.lsp.converter import camel_case, make_converter
from pytest_recall_server.lsp.testexplorer import messages

FOLDER = Path(__file__).parent / "experimental"
CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(kind for pair in messages.REQUESTS.values() for kind in pair),
        *messages.NOTIFICATIONS.values(),
    )
    if attrs.has(kind)
}


def sample(name: str) -> object:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def test_every_message_has_a_sample() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(CLASSES)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_sample_has_every_member_and_survives_the_way_to_python_and_back(name: str) -> None:
    converter = make_converter()
    shown = sample(name)

    message: object = converter.structure(shown, CLASSES[name])

    assert converter.unstructure(message) == shown
    assert isinstance(shown, dict)
    kind = attrs.resolve_types(CLASSES[name])
    assert shown.keys() == {camel_case(item.name) for item in attrs.fields(kind)}
