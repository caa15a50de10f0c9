"""The doctor: whatever is cut or flipped, nothing raises and nothing before it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.python.plugin.doctorsupport import (
    DEAD_RUN,
    cache,
    failure,
    look,
    write_dead,
)
from tests.python.plugin.support import Project

from pytest_recall.doctor import repair


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with a small cache that holds a bit of everything."""
    project = Project(tmp_path_factory.mktemp("sample") / "project")
    project.write({"test_a.py": "def test_1(): assert 0\ndef test_2(): pass\n"})
    for key, value in {
        "cache/lastfailed": {"test_a.py::test_1": True, "test_a.py::test_2": True},
        "cache/nodeids": ["test_a.py::test_1", "test_a.py::test_2"],
        "recall/unfinished": {"version": 1, "ids": ["test_a.py::test_2"]},
    }.items():
        project.set_key(key, value)
    write_dead(project, failure("test_a.py::test_1"), failure("test_a.py::test_2"))
    return project


def contents(project: Project) -> dict[Path, bytes]:
    """Return the files of the cache."""
    return {path: path.read_bytes() for path in cache(project).rglob("*") if path.is_file()}


def restore(project: Project, files: dict[Path, bytes]) -> None:
    """Bring the cache back to what it was."""
    for path in list(cache(project).rglob("*")):
        if path.is_file() and path not in files:
            path.unlink()
    for path, data in files.items():
        path.write_bytes(data)
        path.chmod(0o600)
        # A value that was written just now is given time to become whole.
        os.utime(path, (1_700_000_000, 1_700_000_000))


Damage = Callable[[bytes], bytes]
CUTS = st.floats(0, 1).map(lambda share: lambda data: data[: int(share * len(data))])


def flipped(where: float, bit: int) -> Damage:
    """Return what flips one bit."""

    def damage(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[min(int(where * len(data)), len(data) - 1)] ^= 1 << bit
        return bytes(changed)

    return damage


FLIPS = st.builds(flipped, st.floats(0, 1), st.integers(0, 7))


@given(
    name=st.sampled_from(["lastfailed", "nodeids", "unfinished", DEAD_RUN]),
    damages=st.lists(CUTS | FLIPS, min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=50)
def test_no_damage_raises_and_all_of_it_is_mended(
    sample: Project, name: str, damages: list[Damage]
) -> None:
    files = contents(sample)
    path = next(path for path in files if path.stem == name)
    data = files[path]
    for damage in damages:
        data = damage(data) if data else data
    restore(sample, files)
    path.write_bytes(data)
    os.utime(path, (1_700_000_000, 1_700_000_000))

    report = repair(look(sample))
    again = repair(report)
    left = sample.lastfailed()
    restore(sample, files)

    assert report.is_sound
    assert not again.repairs
    if name in {"nodeids", "unfinished"}:
        assert sorted(left) == ["test_a.py::test_1", "test_a.py::test_2"]


def test_every_cut_of_the_failures_and_of_the_journal_keeps_what_is_before_it(
    sample: Project,
) -> None:
    files = contents(sample)
    journal_of, value = (
        next(path for path in files if path.stem == stem) for stem in (DEAD_RUN, "lastfailed")
    )
    for path in (journal_of, value):
        data = files[path]
        for cut in range(0, len(data) + 1, 7):
            restore(sample, files)
            # What the other knows must not help.
            other = value if path == journal_of else journal_of
            other.unlink()
            path.write_bytes(data[:cut])
            os.utime(path, (1_700_000_000, 1_700_000_000))

            report = repair(look(sample))

            whole = data[:cut].rpartition(b"\n")[0] if path == journal_of else data[:cut]
            wanted = [
                nodeid
                for nodeid in ("test_a.py::test_1", "test_a.py::test_2")
                if f'"{nodeid}"'.encode() in whole
            ]
            assert report.is_sound, cut
            assert sample.lastfailed() == wanted, cut
    restore(sample, files)
