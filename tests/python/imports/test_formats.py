from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from tests.python.imports.shop import REPORTS, failed_case, suite

from pytest_recall_server.imports import formats
from pytest_recall_server.imports.formats import UnreadableError, kind_of, read_source
from pytest_recall_server.imports.logs import plain
from pytest_recall_server.imports.reported import Source

BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><testsuites><testsuite>
<testcase classname="t" name="&b;"/></testsuite></testsuites>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<testsuites><testcase classname="t" name="&a;"/></testsuites>"""
LINE = "FAILED tests/test_cart.py::test_total - assert 3 == 4"


def read(data: bytes | str) -> Source:
    return read_source("ci", [data.encode() if isinstance(data, str) else data])


def written(source: Source) -> list[str]:
    return [str(each) for each in source.tests]


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, "<!DOCTYPE x><testsuites/>"])
def test_a_document_type_is_refused_before_anything_in_it_counts(text: str) -> None:
    with pytest.raises(UnreadableError, match="declares a document type"):
        read(text)


def test_xml_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_XML", 2_000_000)
    chunks = [suite(failed_case("t", "test_a"))[:-40].encode(), *[b" " * 65_536] * 40]

    with pytest.raises(UnreadableError, match="larger than 2 MB"):
        read_source("ci", chunks)


def test_xml_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(UnreadableError, match="nested more than 100 deep"):
        read("<testsuites>" + "<a>" * 1000)


def test_xml_of_something_else_says_what_it_is() -> None:
    with pytest.raises(UnreadableError, match="its first element is <html>, not <testsuites>"):
        read('<?xml version="1.0"?><html><body/></html>')


def test_truncated_xml_is_read_as_far_as_it_goes() -> None:
    whole = suite(failed_case("t", "test_a"), failed_case("t", "test_b"))

    source = read(whole[: whole.index("test_b")])

    assert written(source) == ["t::test_a"]
    assert "ends early" in source.problems[0]


def test_the_memory_for_large_xml_does_not_grow_with_what_tests_print() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'<testsuites><testsuite><testcase classname="t" name="test_a"><failure>'
        for _ in range(400):
            yield b"x" * 65_536
        yield b"</failure></testcase></testsuite></testsuites>"

    tracemalloc.start()
    source = read_source("ci", chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4_000_000
    assert "characters cut" in (source.tests[0].longrepr or "")


def test_the_memory_for_a_large_log_does_not_grow_with_it() -> None:
    noise = (b"2026-11-20T10:00:00.1234567Z DEBUG something or other\r\n" * 1200)[:65_536]

    def chunks() -> Iterator[bytes]:
        for _ in range(60):
            yield noise
        # One line without an end.
        for _ in range(60):
            yield b"=" * 65_536
        yield f"\n{LINE}\n".encode()

    tracemalloc.start()
    source = read_source("ci", chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000
    assert written(source)[0] == LINE.removeprefix("FAILED ")


@pytest.mark.parametrize(
    "line",
    [
        f"2026-11-20T10:00:00.1234567Z {LINE}",
        f"2026-11-20T10:00:00.1234567Z ##[error]{LINE}",
        f"##[error]{LINE}",
        f"test\tRun pytest\t2026-11-20T10:00:00.1234567Z {LINE}",
        f"\ufeff2026-11-20T10:00:00.1234567Z {LINE}",
        f"2026-11-20T10:00:00.123456Z 01O {LINE}",
        f"2026-11-20T10:00:00.123456Z 01O+{LINE}",
        f"[2026-11-20T10:00:00.123Z] {LINE}",
        f"10:00:00  {LINE}",
        f"tests-1  | {LINE}",
        f"[gw0] [ 50%] {LINE.partition(' - ')[0]} ",
        f"[gw11] {LINE}",
        "\x1b[31mFAILED\x1b[0m tests/test_cart.py::\x1b[1mtest_total\x1b[0m - assert 3 == 4",
        f"section_start:1732096800:step_script\r\x1b[0K{LINE}",
        f"section_end:1732096800:a\r\x1b[0Ksection_start:1732096800:b[collapsed=true]\r\x1b[0K{LINE}",
        LINE + "\r",
        LINE.replace("test_total", "test_\0total"),
        "\0\0" + LINE,
    ],
)
def test_what_ci_services_put_before_a_line_is_left_out(line: str) -> None:
    (reported,) = read(line + "\n").tests

    assert reported.spellings[0].id == "tests/test_cart.py::test_total"


def test_a_line_of_verbose_output_counts_in_a_log_that_ends_before_the_summary() -> None:
    source = read("tests/test_cart.py::test_total FAILED      [ 50%]\n")

    assert written(source) == ["tests/test_cart.py::test_total"]


def test_where_there_is_a_summary_nothing_else_counts() -> None:
    text = f"""\
FAILED tests/test_inner.py::test_x - printed by a test
ERROR    root:app.py:1 something
=== short test summary info ===
{LINE}
and this is the second line of a reason
=== 1 failed, 2 passed in 0.10s ===
FAILED tests/test_later.py::test_y
"""

    assert written(read(text)) == [LINE.removeprefix("FAILED ")]


def test_the_lines_of_a_reason_are_no_lines_of_the_summary() -> None:
    # On CI pytest writes the whole reason into the summary.
    reason = ("FAILED a.py::test_inner - x", "=== 1 failed in 0.01s ===", "ERROR b.py - y")
    log = [
        "=== FAILURES ===",
        "___ test_run ___",
        "E       AssertionError: told:",
        *(f"E       {line}" for line in reason),
        "=== short test summary info ===",
        "FAILED t.py::test_run - AssertionError: told:",
        *reason,
        "FAILED t.py::test_other - x",
        "FAILED a.py::test_inner - x",
        "=== 3 failed in 0.02s ===",
        "FAILED a.py::test_printed - later",
    ]
    ids = [each.spellings[0].id for each in read("\n".join(log)).tests]
    assert ids == ["t.py::test_run", "t.py::test_other", "a.py::test_inner"]


def test_words_of_loggers_are_no_tests() -> None:
    with pytest.raises(UnreadableError, match="tells of no failure"):
        read("ERROR    root:app.py:1 something\nERROR could not connect\nFAILED to start\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_log_may_be_in_the_encoding_of_powershell(encoding: str) -> None:
    source = read(f"collected 2 items\r\n{LINE}\r\n".encode(encoding))

    assert written(source) == [LINE.removeprefix("FAILED ")]


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9])
def test_what_is_no_report_says_what_would_be_one(data: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"neither JUnit XML.*short summary"):
        read(data)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pytest-9.2.0-xunit2.xml", "junit"),
        ("unittest-xml-reporting-4.0.0.xml", "junit"),
        ("pytest-9.2.0.log", "log"),
        ("pytest-reportlog-1.0.0.jsonl", "reportlog"),
    ],
)
def test_the_form_of_a_file_is_known_by_its_first_bytes(name: str, kind: str) -> None:
    assert kind_of((REPORTS / name).read_bytes()[:2000]) == kind


def test_a_cut_report_of_pytest_reportlog_is_read_as_far_as_it_goes() -> None:
    data = (REPORTS / "pytest-reportlog-1.0.0.jsonl").read_bytes()

    source = read(data[: len(data) // 2])

    assert source.tests
    assert source.problems == ["1 line is damaged or cut in ci: the rest was read."]


def test_an_export_of_a_newer_version_says_so() -> None:
    with pytest.raises(UnreadableError, match="newer Pytest Recall"):
        read('{"event":"export","format":2,"run":"x"}\n')


def test_nothing_is_taken_off_a_line_that_has_no_prefix() -> None:
    stream = io.StringIO("E   assert [1] == [2]\n")

    assert plain(stream.readline()) == "E   assert [1] == [2]"
