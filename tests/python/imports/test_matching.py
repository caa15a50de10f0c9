from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.python.imports.shop import failed_case, known, suite

from pytest_recall_server.imports.addresses import addresses_of
from pytest_recall_server.imports.formats import read_source
from pytest_recall_server.imports.known import KnownTests
from pytest_recall_server.imports.matching import Matching, match

TOTAL = "tests/test_cart.py::test_total"
PIECES = "tests/test_cart.py::TestDiscount::test_pieces"
PRICE = "tests/test_prices.py::test_price"
SHOP = known({TOTAL: [], PIECES: ["1", "2"], PRICE: None})


def of_text(text: str, tests: KnownTests = SHOP) -> Matching:
    return match(read_source("ci", [text.encode()]), tests)


def ids(matching: Matching) -> list[str]:
    return [each.id for each in matching.matched]


def candidates(matching: Matching) -> list[tuple[str, ...]]:
    return [each.candidates for each in matching.ambiguous]


def summary(*lines: str) -> str:
    return "\n".join(("=== short test summary info ===", *lines, "=== 1 failed in 0.1s ==="))


def test_a_test_case_is_the_test_that_pytest_writes_so() -> None:
    text = suite(
        failed_case("tests.test_cart", "test_total"),
        failed_case("tests.test_cart.TestDiscount", "test_pieces[2]"),
        failed_case("tests.test_prices", "test_price[one - two]"),
    )

    assert ids(of_text(text)) == [TOTAL, f"{PIECES}[2]", f"{PRICE}[one - two]"]


def test_a_test_that_is_not_here_is_listed_as_unknown() -> None:
    text = suite(
        failed_case("tests.test_cart", "test_total"), failed_case("tests.test_cart", "test_gone")
    )

    matching = of_text(text)

    assert ids(matching) == [TOTAL]
    assert [each.written for each in matching.unknown] == ["tests.test_cart::test_gone"]


def test_two_tests_that_pytest_writes_alike_are_ambiguous() -> None:
    one, other = "a/b.py::C::test_d", "a/b/C.py::test_d"
    matching = of_text(suite(failed_case("a.b.C", "test_d")), known({one: [], other: []}))

    assert ids(matching) == []
    assert candidates(matching) == [(one, other)]


def test_the_file_of_xunit1_tells_two_tests_apart() -> None:
    one, other = "a/b.py::C::test_d", "a/b/C.py::test_d"
    case = failed_case("a.b.C", "test_d", file="a/b.py")

    assert ids(of_text(suite(case), known({one: [], other: []}))) == [one]


def test_a_function_that_has_parameters_by_now_is_ambiguous_even_with_one() -> None:
    both = of_text(suite(failed_case("tests.test_cart.TestDiscount", "test_pieces")))
    one = of_text(suite(failed_case("t", "test_a")), known({"t.py::test_a": ["1"]}))

    assert candidates(both) == [(f"{PIECES}[1]", f"{PIECES}[2]")]
    assert candidates(one) == [("t.py::test_a[1]",)]


def test_an_id_that_xml_has_no_place_for_is_exact_only_where_it_is_known() -> None:
    node_id = f"{PRICE}[a\x07]"
    text = suite(failed_case("tests.test_prices", "test_price[a#x07]"))

    assert candidates(of_text(text)) == [(f"{PRICE}[a#x07]",)]
    assert ids(of_text(text, known({PRICE: None}, [node_id]))) == [node_id]
    assert candidates(of_text(text, known({PRICE: None}, [node_id, f"{PRICE}[a#x07]"]))) == [
        (f"{PRICE}[a\x07]", f"{PRICE}[a#x07]")
    ]


@pytest.mark.parametrize("prefix", ["ci.", "home.ada.shop."])
def test_a_prefix_of_all_names_is_taken_off_and_said(prefix: str) -> None:
    text = suite(
        failed_case(f"{prefix}tests.test_cart", "test_total"),
        failed_case(f"{prefix}tests.test_cart.TestDiscount", "test_pieces[1]"),
    )

    matching = of_text(text)

    assert ids(matching) == [TOTAL, f"{PIECES}[1]"]
    assert matching.notes == [
        f"ci: its names were read without “{prefix.removesuffix('.')}” before them."
    ]


def test_a_report_of_a_folder_below_is_read_with_the_folder() -> None:
    xml = of_text(suite(failed_case("test_cart", "test_total")))
    log = of_text(summary("FAILED test_cart.py::test_total - assert 3 == 4"))

    assert ids(xml) == ids(log) == [TOTAL]
    assert log.notes == ["ci: its names were read with “tests” before them."]


def test_of_two_folders_that_a_report_may_be_of_neither_is_guessed() -> None:
    one, other = "a/test_x.py::test_y", "b/test_x.py::test_y"
    matching = of_text(suite(failed_case("test_x", "test_y")), known({one: [], other: []}))

    assert candidates(matching) == [(one, other)]


def test_the_folder_that_alone_explains_a_whole_report_is_taken() -> None:
    tests = known({f"{folder}/test_x.py::test_y": [] for folder in "ab"} | {"a/test_z.py::t": []})
    text = suite(failed_case("test_x", "test_y"), failed_case("test_z", "t"))

    assert ids(of_text(text, tests)) == ["a/test_x.py::test_y", "a/test_z.py::t"]


def test_names_that_are_known_and_would_all_be_known_elsewhere_are_ambiguous() -> None:
    tests = known({"test_x.py::test_y": [], "a/test_x.py::test_y": [], "a/test_x.py::test_z": []})
    text = suite(failed_case("test_x", "test_y"), failed_case("test_x", "test_z"))

    matching = of_text(text, tests)

    assert candidates(matching) == [("a/test_x.py::test_y", "test_x.py::test_y")]


@pytest.mark.parametrize(
    ("line", "node_id", "message"),
    [
        (f"FAILED {TOTAL} - assert 3 == 4", TOTAL, "assert 3 == 4"),
        (f"FAILED {TOTAL}", TOTAL, None),
        (f"FAILED {PIECES}[1] - assert x in [1 - 2]", f"{PIECES}[1]", "assert x in [1 - 2]"),
        (f"ERROR {TOTAL} - fixture 'a - b' failed", TOTAL, "fixture 'a - b' failed"),
        ("ERROR tests/test_cart.py - ImportError: no x", "tests/test_cart.py", "ImportError: no x"),
        ("ERROR tests/test_cart.py", "tests/test_cart.py", None),
        (f"SUBFAILED[a b] (i=1) {TOTAL} - assert 1 == 2", TOTAL, "assert 1 == 2"),
        (f"SUBFAILED(<subtest>) {TOTAL} - x", TOTAL, "x"),
        (f"FAILED {PRICE}[a - b] - why", f"{PRICE}[a - b]", "why"),
        (f"FAILED {PRICE}[a::b] - why", f"{PRICE}[a::b]", "why"),
        (f"FAILED {TOTAL}@group - why", TOTAL, "why"),
    ],
)
def test_a_line_of_the_summary_is_parted_where_the_id_of_a_test_ends(
    line: str, node_id: str, message: str | None
) -> None:
    matching = of_text(summary(line))

    assert [(each.id, each.reported.message) for each in matching.matched] == [(node_id, message)]


def test_a_reason_that_may_be_part_of_the_id_is_ambiguous() -> None:
    line = f"FAILED {PRICE}[a] - assert b in [c]"

    assert candidates(of_text(summary(line))) == [(f"{PRICE}[a]", f"{PRICE}[a] - assert b in [c]")]


def test_what_is_known_or_stands_above_a_traceback_decides_where_an_id_ends() -> None:
    line = f"FAILED {PRICE}[a] - assert b in [c]"
    headed = f"=== FAILURES ===\n___ test_price[a] ___\nE  no\n{summary(line)}"

    assert ids(of_text(summary(line), known({PRICE: None}, [f"{PRICE}[a]"]))) == [f"{PRICE}[a]"]
    assert ids(of_text(headed)) == [f"{PRICE}[a]"]


names = st.from_regex(r"[a-z_]{1,4}", fullmatch=True)
paths = st.lists(names, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".py")
parameters = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@st.composite
def node_ids(draw: st.DrawFn) -> str:
    around = draw(st.lists(names, max_size=2))
    own = "::".join((draw(paths), *around, draw(names)))
    inside = draw(parameters)
    return own if inside is None else f"{own}[{inside}]"


@given(st.lists(node_ids(), min_size=1, max_size=8, unique=True), st.data())
def test_whatever_tests_there_are_an_address_leads_to_its_own_or_to_none(
    tests: list[str], data: st.DataObject
) -> None:
    functions: dict[str, list[str] | None] = {}
    meant = data.draw(st.sampled_from(tests))
    here = KnownTests(functions, (), tests)

    for address in addresses_of(meant):
        answer = here.of_address(address)
        is_exact = len(answer.ids) == 1 and answer.certain
        assert not is_exact or answer.ids == (meant,)
        assert meant in answer.ids or not answer.certain
