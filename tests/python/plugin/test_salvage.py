"""What is saved of damaged values: by examples, and for every cut and many flips of the bytes."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_recall import journal, salvage

IDS = (
    "test_a.py::test_1",
    'sub/test_b.py::TestB::test_quoted["q"]',
    "test_c.py::test_ü[é-😀]",
    "test_d.py::test_escaped[\\n-\\\\]",
    'test_e.py::test_comma[,"b]',
    "test_f.py",
    'test_g.py::test_list[", "]',
    'test_h.py::test_json[{"k": true}]',
    "test_i.py::test_surrogate[\udc80]",
    "sub/a b",
    'test_j.py::test_[":]',
)
SHAPES = ("object", "list", "unfinished")


def encode(ids: tuple[str, ...], shape: str, *, compact: bool) -> bytes:
    """Return *ids* as one of the three values, indented as pytest writes it or compact."""
    value: object = {
        "object": dict.fromkeys(ids, True),
        "list": list(ids),
        "unfinished": {"version": 1, "ids": list(ids)},
    }[shape]
    separators = (",", ":") if compact else None
    indent = None if compact else 2
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return text.encode("utf-8", "backslashreplace")


def ends(ids: tuple[str, ...], data: bytes) -> list[int]:
    """Return where in *data* each id ends, behind its closing quote."""
    found: list[int] = []
    for nodeid in ids:
        text = json.dumps(nodeid, ensure_ascii=False).encode("utf-8", "backslashreplace")
        found.append(data.index(text, found[-1] if found else 0) + len(text))
    return found


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_whole_value_gives_all_of_its_ids(shape: str, compact: bool) -> None:
    assert salvage.salvaged_ids(encode(IDS, shape, compact=compact)) == list(IDS)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_cut_keeps_exactly_the_ids_before_it(shape: str, compact: bool) -> None:
    data = encode(IDS, shape, compact=compact)
    whole = ends(IDS, data)

    for cut in range(len(data) + 1):
        wanted = [nodeid for nodeid, end in zip(IDS, whole, strict=True) if end <= cut]
        assert salvage.salvaged_ids(data[:cut]) == wanted, cut


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_flipped_bit_costs_one_id_at_most_and_none_before_it(
    shape: str, compact: bool
) -> None:
    data = encode(IDS, shape, compact=compact)
    whole = ends(IDS, data)

    for position in range(len(data)):
        wanted = [nodeid for nodeid, end in zip(IDS, whole, strict=True) if end <= position]
        for bit in range(8):
            damaged = bytearray(data)
            damaged[position] ^= 1 << bit
            found = salvage.salvaged_ids(bytes(damaged))
            assert found[: len(wanted)] == wanted, (position, bit)
            assert len(set(IDS) - set(found)) <= 1, (position, bit)


@given(
    ids=st.lists(st.text(min_size=1), unique=True, max_size=6),
    shape=st.sampled_from(SHAPES),
    compact=st.booleans(),
    share=st.floats(0, 1),
)
@settings(deadline=None, max_examples=150)
def test_any_text_is_an_id_up_to_the_cut(
    ids: list[str], shape: str, compact: bool, share: float
) -> None:
    ids = [nodeid for nodeid in ids if nodeid not in {"version", "ids"}]
    data = encode(tuple(ids), shape, compact=compact)
    cut = round(share * len(data))

    found = salvage.salvaged_ids(data[:cut])

    whole = ends(tuple(ids), data)
    assert found == [nodeid for nodeid, end in zip(ids, whole, strict=True) if end <= cut]


@given(st.binary(max_size=200) | st.text('{}[],:" \\\ntrue', max_size=200).map(str.encode))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_welcome(data: bytes) -> None:
    assert all(salvage.salvaged_ids(data))


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        (b'{"a": true, "b": false, "c": tr', ["a", "c"]),
        (b'{"a": false, "b": fal', []),
        (b'{"version": 1, "ids": ["a", "b', ["a"]),
        (b'{"version": 1, "ids"', []),
        (b'{"version": true, "ids": true}', ["version", "ids"]),
        (b'{"a": {"b": 1}, "c": null, "d": 2, "e": "f"}', []),
        (b'\0\0\0\0,\n  "b": true\n}', ["b"]),
        (b'{\n  "a": true,\n  "te\xff\xfe": true,\n  "b": true\n}', ["a", "b"]),
        (b'{\n  "a": true,\n  "te{\n  "b": true\n}', ["a", "b"]),
        (b"", []),
    ],
)
def test_only_whole_entries_that_are_failures_count(data: bytes, ids: list[str]) -> None:
    assert salvage.salvaged_ids(data) == ids


@pytest.mark.parametrize("part", [b"\n", b'"', b',"', b'{"a', b"\\", b'"\\', b", ", b"\0"])
def test_no_content_makes_it_slow(part: bytes) -> None:
    began = time.process_time()

    salvage.salvaged_ids(part * 200_000)

    assert time.process_time() - began < 5


def test_what_is_set_aside_is_renamed_beside_and_over_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lastfailed"
    asides = []
    for number in range(3):
        path.write_text(str(number))
        asides.append(salvage.set_aside(path))

    assert not path.exists()
    assert [aside.read_text() for aside in asides] == ["0", "1", "2"]
    assert all(re.search(r"^lastfailed\.damaged-\d{8}T\d{6}Z(-\d)?$", each.name) for each in asides)
    assert sorted(tmp_path.iterdir()) == sorted(asides)


def test_a_folder_and_a_link_are_set_aside_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "folder")

    folder = salvage.set_aside(tmp_path / "folder")
    link = salvage.set_aside(tmp_path / "link")

    assert (folder / "inner").is_dir()
    assert link.readlink() == tmp_path / "folder"


def test_what_is_not_there_cannot_be_set_aside_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        salvage.set_aside(tmp_path / "nosuch")

    assert not list(tmp_path.iterdir())


def test_a_copy_stays_as_it_was_when_the_original_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "nodeids"
    path.write_text("old")

    aside = salvage.keep_aside(path, salvage.REPLACED)
    (tmp_path / "new").write_text("new")
    (tmp_path / "new").replace(path)

    assert (aside.read_text(), path.read_text()) == ("old", "new")
    assert aside.name.startswith("nodeids.replaced-")


def write_journal(directory: Path, start: float, *events: journal.Event, **run: object) -> Path:
    """Write the journal of a run that began at *start*, with no end."""
    path = directory / f"20261120T000000.{int(start):06}Z-1-{os.urandom(4).hex()}.jsonl"
    directory.mkdir(parents=True, exist_ok=True)
    first: journal.Event = {"event": "run", "format": 1, "time": start, **run}
    path.write_bytes(b"".join(map(journal.encode, (first, *events))))
    return path


def ended(nodeid: str, outcome: str, moment: float | None = None) -> journal.Event:
    """Return a `test` event."""
    time_of = {} if moment is None else {"time": moment}
    return {"event": "test", "id": nodeid, "outcome": outcome, **time_of}


def test_the_last_word_counts_whichever_journal_it_stands_in(tmp_path: Path) -> None:
    write_journal(tmp_path, 1, ended("a", "passed", 9.0), ended("b", "failed", 2.0))
    write_journal(tmp_path, 3, ended("a", "failed", 4.0), ended("b", "passed", 5.0))
    write_journal(tmp_path, 6, ended("c", "error"), ended("d", "skipped"), ended("e", "xpassed"))

    told = salvage.failures_from_journals([tmp_path, tmp_path / "nosuch"])

    assert told == {"a": False, "b": False, "c": True, "d": False, "e": False}


def test_runs_that_only_look_and_other_environments_have_no_say(tmp_path: Path) -> None:
    write_journal(tmp_path, 1, ended("a", "failed"))
    write_journal(tmp_path, 2, ended("a", "passed"), selection=["readonly"])
    write_journal(tmp_path, 3, ended("a", "passed"), selection=["collect-only"])
    write_journal(tmp_path, 4, ended("a", "passed"), environment="py310")
    write_journal(tmp_path, 5, ended("a", "passed")).write_bytes(b"\xff\n{}\n[]\n")
    newer = write_journal(tmp_path, 6, ended("a", "passed"))
    newer.write_bytes(newer.read_bytes().replace(b'"format":1', b'"format":99'))

    assert salvage.failures_from_journals([tmp_path]) == {"a": True}
    assert salvage.failures_from_journals([tmp_path], "py310") == {"a": False}


def test_what_could_be_collected_since_and_what_is_gone_is_no_failure(tmp_path: Path) -> None:
    broken: journal.Event = {"event": "file", "path": "t.py", "error": {"id": "t.py"}}
    one_is_gone: journal.Event = {"event": "file", "path": "t.py", "tests": [["::test_new[2]", 1]]}
    failed = [ended(f"t.py::{name}", "failed") for name in ("test_old", "test_new[1]", "other")]
    write_journal(tmp_path, 1, broken, *failed)
    write_journal(tmp_path, 2, {**one_is_gone, "partial": True})
    before = salvage.failures_from_journals([tmp_path])
    write_journal(tmp_path, 3, one_is_gone)

    after = salvage.failures_from_journals([tmp_path])

    assert before == {
        "t.py": False,
        **dict.fromkeys(("t.py::test_old", "t.py::test_new[1]", "t.py::other"), True),
    }
    assert [nodeid for nodeid, failed in after.items() if failed] == [
        "t.py::test_new[1]",
        "t.py::other",
    ]


def test_journals_decide_and_what_they_do_not_know_stays_failed() -> None:
    data = b'{\n  "a": true,\n  "b": true,\n  "c": tr'

    rebuilt = salvage.rebuilt_lastfailed(data, {"b": False, "d": True, "e": False})

    assert rebuilt == {"a": True, "c": True, "d": True}
