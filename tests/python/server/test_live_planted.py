"""The check of edited documents finds faults that are planted into the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.python.server import liveplanted as planted
from tests.python.server.liveedits import BASES, Op
from tests.python.server.test_live_buffers import play

# For each a text, its line ends, and what is done with it.
SCRIPTS: dict[planted.Plant, tuple[int, str, list[Op]]] = {
    planted.lines_stay: (0, "\n", [("block", (43, 188, 171))]),
    planted.columns_are_code_points: (1, "\r\n", [("failing", (198, 63, 166))]),
    planted.form_feeds_end_lines: (1, "\r\n", []),
    planted.what_is_removed_is_not_lost: (
        0,
        "\n",
        [("beyond", (104, 14, 193)), ("comment", (91, 120, 86)), ("reopen unsaved", (6, 149, 57))],
    ),
    planted.nothing_is_outdated: (0, "\n", [("several", (166, 97, 53))]),
    planted.twins_are_the_same: (0, "\n", [("line", (39, 132, 135))]),
    planted.any_test_will_do: (0, "\r\n", [("cut", (122, 39, 23))]),
    planted.results_are_for_the_open_text: (
        1,
        "\n",
        [("block", (51, 131, 14)), ("reopen unsaved", (49, 129, 6))],
    ),
    planted.defs_are_where_they_were: (0, "\n", [("rename", (195, 66, 9))]),
    planted.the_version_is_the_last_but_one: (1, "\r", [("beyond", (130, 124, 103))]),
    planted.only_the_first_edit_counts: (0, "\n", [("swap", (124, 7, 99))]),
    planted.line_ends_are_never_joined: (
        0,
        "\r",
        [("comment", (71, 167, 41)), ("double", (97, 107, 72))],
    ),
    planted.traces_are_never_outdated: (0, "\r\n", [("insert", (73, 131, 56))]),
    planted.all_runs_have_read_one_edition: (
        0,
        "\n",
        [("double", (4, 151, 78)), ("save", (108, 97, 135)), ("run", (91, 33, 185))],
    ),
}


@pytest.mark.parametrize("plant", planted.PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found_and_nothing_without_it(
    plant: planted.Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, end, script = SCRIPTS[plant]
    text = BASES[base].replace("\n", end)

    without = play(tmp_path, text, script)
    plant(monkeypatch)
    found = play(tmp_path, text, script)

    assert without == []
    assert found
