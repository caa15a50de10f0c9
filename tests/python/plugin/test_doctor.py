"""The doctor: every kind of damaged value planted and repaired, and read by stock pytest."""

from __future__ import annotations

import json

import pytest
from tests.python.plugin.doctorsupport import (
    FAILED,
    SUITE,
    asides,
    cache,
    failure,
    look,
    mended,
    notes,
    problems,
    run_once,
    write_dead,
)
from tests.python.plugin.support import Project

from pytest_recall import store
from pytest_recall.doctor import examine, repair


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project whose suite has run once with ours."""
    return run_once(project)


def test_a_cache_that_runs_have_written_is_sound(ran: Project) -> None:
    report = look(ran)

    assert report.findings == ()
    assert report.is_sound
    assert (report.counts.runs, report.counts.failures, report.counts.tests) == (1, 3, 5)


def test_a_cache_of_stock_pytest_is_sound_and_stays_as_it_is(project: Project) -> None:
    project.write(SUITE)
    project.stock("--sw")
    before = sorted(cache(project).rglob("*"))

    report = repair(look(project))

    assert report.is_sound
    assert sorted(cache(project).rglob("*")) == before


def test_a_cache_that_is_remembered_apart_is_sound(project: Project) -> None:
    project.write(SUITE)
    for _time in range(2):
        project.ours("--recall-environment=apart", "--recall-cures=all", "--sw", "--maxfail=1")

    keys = [path.name for path in cache(project).glob("v/recall/environments/apart/**/*")]

    assert look(project).findings == ()
    assert keys.count("stepwise") == 2


def test_examining_changes_nothing(ran: Project) -> None:
    ran.set_key("cache/lastfailed", '{"test_a.py::te')
    write_dead(ran, failure("test_a.py::test_1"))
    (cache(ran) / "v" / "cache" / ".nodeids.999999999-00000000.tmp").touch()

    def state() -> list[tuple[str, int, bytes]]:
        return [
            (str(path), path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in sorted(cache(ran).rglob("*"))
        ]

    before = state()
    report = look(ran)

    assert not report.is_sound
    assert state() == before


@pytest.mark.parametrize(
    "content", ['{\n  "test_a.py::test_2": true,\n  "test_b.p', "", "\0\0\0\0"]
)
def test_torn_failures_are_rebuilt_and_stock_reruns_them(ran: Project, content: str) -> None:
    ran.set_key("cache/lastfailed", content)
    found = problems(look(ran))

    report = mended(ran)

    assert found == [("damaged-value", "v/cache/lastfailed")]
    assert report.is_sound
    assert sorted(ran.lastfailed()) == FAILED
    assert asides(ran)[0].read_text() == content
    assert sorted(ran.stock("--lf").ran) == FAILED


def test_failures_that_journals_do_not_know_are_kept_and_mended_ones_do_not_return(
    ran: Project,
) -> None:
    ids = ["test_a.py::test_1", "test_b.py::TestB::test_5"]
    value = store.dump(dict.fromkeys(["test_a.py::test_1[x]", *ids], True))
    ran.set_key("cache/lastfailed", value[:-3])

    mended(ran)

    # The run has seen the two pass.
    assert sorted(ran.lastfailed()) == sorted([*FAILED, "test_a.py::test_1[x]"])


def test_known_ids_are_those_that_are_left_and_those_of_the_journals(ran: Project) -> None:
    path = cache(ran) / "v" / "cache" / "nodeids"
    path.write_bytes(b'[\n  "test_a.py::test_1[x]",\n  "\xff\xfe')

    report = mended(ran)

    others = ["test_a.py::test_1", "test_a.py::test_1[x]", "test_b.py::TestB::test_5"]
    assert report.is_sound
    assert ran.nodeids() == sorted([*FAILED, *others])


@pytest.mark.parametrize(
    ("key", "value", "after"),
    [
        ("cache/lastfailed", [], dict.fromkeys(FAILED, True)),
        ("cache/lastfailed", 5, dict.fromkeys(FAILED, True)),
        ("cache/lastfailed", {"test_a.py::test_2": {"x": 1}}, dict.fromkeys(FAILED, True)),
        ("cache/nodeids", {"a": True}, None),
        ("cache/nodeids", [["unhashable"]], None),
        ("cache/stepwise", 5, None),
        ("cache/stepwise", {"last_failed": 5}, None),
        ("recall/unfinished", [], {"version": 1, "ids": []}),
        ("recall/unfinished", {"version": 1, "ids": 5}, {"version": 1, "ids": []}),
        ("recall/stepwise", "text", None),
        ("recall/failures/main", ["test_a.py::test_2"], {"test_a.py::test_2": True}),
        ("recall/environments/py310/lastfailed", None, {}),
        ("recall/environments/py310/nodeids", None, []),
    ],
)
def test_keys_of_the_wrong_type_are_set_aside_and_rebuilt(
    ran: Project, key: str, value: object, after: object
) -> None:
    ran.set_key(key, json.dumps(value))
    found = problems(look(ran))

    report = mended(ran)

    assert found == [("wrong-type", f"v/{key}")]
    assert report.is_sound
    assert json.loads(asides(ran)[0].read_text()) == value
    if after is not None:
        assert ran.key(key) == after
    assert ran.stock("--lf", "--nf", "--sw", "-q").status in {0, 1, 2}


def test_the_place_of_stepwise_is_kept_if_only_its_date_is_bad(ran: Project) -> None:
    value = {"last_failed": FAILED[0], "last_test_count": 5, "last_cache_date_str": "yesterday"}
    ran.set_key("cache/stepwise", value)

    mended(ran)

    assert "skipping 1 already passed items" in ran.stock("--sw").output


@pytest.mark.parametrize("value", [None, [], "test_a.py::test_2"])
def test_what_older_versions_of_pytest_leave_for_stepwise_is_right(
    ran: Project, value: object
) -> None:
    ran.set_key("cache/stepwise", json.dumps(value))

    assert look(ran).is_sound


def test_a_value_of_another_plugin_that_is_no_json_is_set_aside(ran: Project) -> None:
    ran.set_key("other/plugin", "not json")

    report = mended(ran)

    assert report.is_sound
    assert ran.key("other/plugin") is None
    assert asides(ran)[0].read_text() == "not json"


def test_a_newer_value_is_left_alone(ran: Project) -> None:
    ran.set_key("recall/unfinished", {"version": 2, "what": "ever"})

    report = mended(ran)

    assert report.is_sound
    assert notes(report) == ["newer-value"]
    assert ran.key("recall/unfinished") == {"version": 2, "what": "ever"}


def test_a_folder_in_the_place_of_a_value_is_set_aside(ran: Project) -> None:
    path = cache(ran) / "v" / "cache" / "lastfailed"
    path.unlink()
    path.mkdir()
    (path / "inner").write_text("kept")
    found = problems(look(ran))

    report = mended(ran)

    assert found == [("wrong-kind", "v/cache/lastfailed")]
    assert report.is_sound
    assert sorted(ran.lastfailed()) == FAILED
    assert (asides(ran)[0] / "inner").read_text() == "kept"


@pytest.mark.parametrize("name", ["v", "d", "d/recall", "v/cache"])
def test_a_file_in_the_place_of_a_folder_is_set_aside(project: Project, name: str) -> None:
    project.write(SUITE)
    path = cache(project) / name
    path.parent.mkdir(parents=True)
    path.write_text("kept")
    found = problems(look(project))

    report = mended(project)

    assert ("wrong-kind", name) in found
    assert report.is_sound
    assert asides(project)[0].read_text() == "kept"
    project.ours()
    assert sorted(project.lastfailed()) == FAILED


def test_ids_of_files_and_tests_that_are_gone_are_forgotten_and_a_copy_is_kept(
    ran: Project,
) -> None:
    ran.remove("test_b.py")
    ran.write({"test_a.py": "def test_1(): pass\ndef test_3(): assert 0\n"})
    before = ran.key("cache/lastfailed"), ran.key("cache/nodeids")
    found = look(ran)

    report = mended(ran)

    assert problems(found) == [
        ("dead-ids", "v/cache/lastfailed"),
        ("dead-ids", "v/cache/nodeids"),
    ]
    assert sorted(found.findings[0].ids) == [FAILED[0], FAILED[2]]
    assert "1 test of test_b.py, which is gone" in found.findings[0].message
    assert "1 test that is gone: test_a.py::test_2" in found.findings[0].message
    assert report.is_sound
    assert ran.lastfailed() == ["test_a.py::test_3"]
    assert ran.nodeids() == ["test_a.py::test_1", "test_a.py::test_3"]
    assert tuple(json.loads(path.read_text()) for path in asides(ran)) == before
    assert ran.stock("--lf").ran == ("test_a.py::test_3",)


def test_ids_that_may_be_another_plugins_and_parameters_are_not_judged(ran: Project) -> None:
    kept = [
        "test_a.py::test_1[gone]",
        "test_a.py::test_a.doctest",
        "test_a.py::FLAKE8",
        "mypy-status",
        "somewhere",
        "::mypy",
        "",
    ]
    ran.set_key("cache/lastfailed", dict.fromkeys(kept, True))
    ran.set_key("recall/unfinished", {"version": 1, "ids": ["test_a.py::test_gone"]})

    report = look(ran)

    assert problems(report) == [("dead-ids", "v/recall/unfinished")]


def test_a_file_that_cannot_be_parsed_keeps_its_ids(ran: Project) -> None:
    ran.write({"test_a.py": "def test_1(:\n"})

    assert look(ran).is_sound


def test_without_a_rootdir_no_id_is_judged(ran: Project) -> None:
    ran.remove("test_a.py")

    for rootdir in (None, ran.path / "nosuch"):
        report = examine(cache(ran), rootdir)
        assert report.is_sound
        assert notes(report) == ["unknown-rootdir"]
