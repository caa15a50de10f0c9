"""The documents lead where they say, and what they say is tested is tested."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.python.plugin.support import ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "extension/**/*.md")
    for path in ROOT.glob(pattern)
)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_TEST = re.compile(r"`((?:tests/|pyproject\.toml|eslint\.config\.mjs)[^`]*?)::([^`]+)`")


def text_of(document: str) -> str:
    """Return a document."""
    return (ROOT / document).read_text("utf-8")


def anchors(text: str) -> Iterator[str]:
    """Yield what GitHub and VS Code call the headings of *text*."""
    seen: dict[str, int] = {}
    for heading in _HEADING.findall(
        re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    ):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        number = seen[anchor] = seen.get(anchor, -1) + 1
        yield f"{anchor}-{number}" if number else anchor


def dead_links(document: str, text: str) -> list[str]:
    """Return the links in the *text* of a document that lead nowhere in the repository."""
    return [link for link in _LINK.findall(_CODE.sub("", text)) if not _leads(document, text, link)]


def _leads(document: str, text: str, link: str) -> bool:
    if re.match(r"https?:", link):
        return True
    path, _, anchor = link.partition("#")
    target = (ROOT / document).parent / path
    if path and not (target.exists() and target.resolve().is_relative_to(ROOT.resolve())):
        return False
    return not anchor or anchor in anchors(target.read_text("utf-8") if path else text)


def missing_tests(text: str) -> list[str]:
    """Return the tests and contracts that *text* names as ``path::name`` and that are not there."""
    return [f"{path}::{name}" for path, name in _TEST.findall(text) if not _stands(path, name)]


def _stands(path: str, name: str) -> bool:
    """Say whether a file has a test, or a rule, of this name."""
    file = ROOT / path
    if not file.is_file():
        return False
    source = file.read_text("utf-8")
    if path.endswith(".py"):
        return re.search(rf"^(?:async )?def {re.escape(name)}\(", source, re.MULTILINE) is not None
    return f'"{name}"' in source


def invariants(text: str) -> list[str]:
    """Return the paragraphs of *text* that say what must stay true."""
    return [each for each in text.split("\n\n") if each.startswith("**Architecture Invariant:**")]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    assert dead_links(document, text_of(document)) == []


@pytest.mark.parametrize("folder", ["docs", "docs/adr"])
def test_every_document_stands_in_the_index_of_its_folder(folder: str) -> None:
    linked = set(_LINK.findall(text_of(f"{folder}/README.md")))
    pages = {path.name for path in (ROOT / folder).glob("*.md")} - {"README.md"}

    assert pages - linked == set()


@pytest.mark.parametrize("number", range(1, 1 + len(list((ROOT / "docs/adr").glob("0*.md")))))
def test_the_index_of_decisions_has_their_titles_in_order(number: int) -> None:
    (decision,) = (ROOT / "docs" / "adr").glob(f"{number:04}-*.md")
    title = decision.read_text("utf-8").partition("\n")[0].removeprefix(f"# {number}. ")

    assert f"\n{number}. [{title}]({decision.name})\n" in text_of("docs/adr/README.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_is_there(document: str) -> None:
    assert missing_tests(text_of(document)) == []


def test_every_invariant_names_what_holds_it() -> None:
    found = invariants(text_of("ARCHITECTURE.md"))

    assert len(found) > 6
    assert [each for each in found if not _TEST.search(each.partition("\nHeld by ")[2])] == []


def test_every_threat_names_what_shows_the_defence() -> None:
    _, _, threats = text_of("SECURITY.md").partition("\n## What is trusted, and what is not\n")
    rows = [
        line
        for line in threats.partition("\n## ")[0].splitlines()
        if line.startswith("| ") and not line.startswith("| what it could try |")
    ]

    assert len(rows) > 15
    assert [row for row in rows if not _TEST.search(row.split(" | ")[-1])] == []


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("[one](docs/journal.md)", []),
        ("[one](docs/no-such.md)", ["docs/no-such.md"]),
        ("[one](../outside.md)", ["../outside.md"]),
        ("[one](https://example.org/)", []),
        ("# A `head`: it's\n[one](#a-head-its) [two](#no)", ["#no"]),
        ("# A\n# A\n[one](#a-1) [two](#a-2)", ["#a-2"]),
        ("`[one](no.md)`\n```\n[two](no.md)\n```\n", []),
    ],
)
def test_a_dead_link_is_noticed(text: str, dead: list[str]) -> None:
    assert dead_links("README.md", text) == dead


def test_a_test_that_is_not_there_is_noticed() -> None:
    here = "tests/python/test_documents.py"
    there = f"`{here}::test_every_link_leads_somewhere`, `pyproject.toml::Imports point one way`"
    gone = f"`{here}::test_no_such_thing`, `tests/no_such.py::test_it`"

    assert missing_tests(there) == []
    assert missing_tests(gone) == gone.replace("`", "").split(", ")
