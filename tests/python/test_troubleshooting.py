"""`docs/troubleshooting.md` quotes what the product says, to the word."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Iterator

from tests.documented import DOCS
from tests.python.plugin.support import ROOT, SOURCES

PAGE = DOCS / "troubleshooting.md"
_QUOTED = re.compile(r"^> (.+)$", re.MULTILINE)
_VALUE = "…"
"""What stands for what differs, in the page and here."""


@functools.cache
def said() -> tuple[str, ...]:
    """Return the texts of the server, the plugin and the extension."""
    python = (path.read_text("utf-8") for path in sorted(SOURCES.rglob("*.py")))
    texts = [text for source in python for text in _literals(ast.parse(source))]
    bundle = json.loads((ROOT / "l10n" / "bundle.l10n.json").read_text("utf-8"))
    manifest = json.loads((ROOT / "package.nls.json").read_text("utf-8"))
    texts += [re.sub(r"\{\d+\}", _VALUE, text) for text in (*bundle, *manifest.values())]
    return tuple(texts)


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=parts):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else _VALUE for part in parts
                )
            case ast.Constant(value=str(text)):
                yield text


def is_said(message: str) -> bool:
    """Say whether the product has a text with *message* in it."""
    return any(message in text for text in said())


def test_every_message_that_the_page_quotes_is_one_of_the_product() -> None:
    quoted = _QUOTED.findall(PAGE.read_text("utf-8"))

    assert len(quoted) > 30
    assert [message for message in quoted if not is_said(message)] == []


def test_a_message_that_is_said_in_other_words_is_noticed() -> None:
    assert is_said("The Python interpreter … does not exist: choose another.")
    assert not is_said("The Python interpreter … is missing: choose another.")
