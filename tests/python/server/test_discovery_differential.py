"""Parsing finds the ids that pytest collects, or differs as docs/discovery.md names it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, seed
from tests.python.fuzzing import playing
from tests.python.plugin.support import run_forked
from tests.python.server.discovery.configurations import FORMS, written_as
from tests.python.server.discovery.explain import Explainer, Parsed
from tests.python.server.discovery.suites import Suite, suites
from tests.python.server.support import write_files

from pytest_recall_server.index.config import read_config
from pytest_recall_server.index.discovery import Discovery
from pytest_recall_server.index.walk import is_test_file, walk
from pytest_recall_server.model.outline import Definition

SHARDS = 6
PROJECTS = Path(__file__).parents[2] / "projects"
SUITES = int(os.environ.get("RECALL_FUZZ_SUITES", "360"))


def parsed_in(folder: Path) -> Parsed:
    """Return what parsing finds of the project that is opened in *folder*."""
    config = read_config(str(folder), {})
    discovery = Discovery(config)
    files: list[str] = []
    functions: dict[str, tuple[str, ...] | None] = {}
    for file in walk(config):
        assert is_test_file(config, str(Path(config.rootdir, file.path)))
        found = discovery.file(file.path)
        assert found is not None
        files.append(file.path)
        functions.update(_functions(file.path, found.definitions or ()))
    return Parsed(tuple(files), functions)


def _functions(
    owner: str, items: Iterable[Definition]
) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    for item in items:
        own = f"{owner}::{item.name}"
        if item.kind == "function":
            yield own, item.parameters
        yield from _functions(own, item.children)


def faults_of(suite: Suite, explainer: Explainer) -> list[str]:
    """Ask both and return what nothing explains."""
    with tempfile.TemporaryDirectory() as base:
        root = write_files(Path(base).resolve() / "project", suite.files)
        parsed = parsed_in(root / suite.folder)
        outcome = run_forked(
            root / suite.folder,
            ["--collect-only", "-q", "--continue-on-collection-errors", "-p", "no:cacheprovider"],
        )
        faults = list(explainer.faults(suite, parsed, outcome.selected, outcome.errors))
        if faults:
            texts = [f"--- {name}\n{text}" for name, text in suite.files.items()]
            return [*faults, f"opened in {suite.folder}", *texts, outcome.output]
    return []


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_difference_to_pytest_is_a_named_one(shard: int) -> None:
    explainer = Explainer()
    asked = Counter[str]()

    @seed(shard)
    @playing(SUITES // SHARDS)
    @given(suites())
    def check(suite: Suite) -> None:
        faults = faults_of(suite, explainer)
        asked["suites"] += 1
        assert not faults, "\n".join(faults)

    check()

    # What is never certain could never be wrong.
    assert asked["suites"] == SUITES // SHARDS
    assert explainer.used["functions"] > 2 * SUITES // SHARDS
    assert explainer.used["certain parameters"] > explainer.used["functions"] / 20


@pytest.mark.parametrize("pyproject", ["pyproject.toml", "pyproject.toml ini_options"])
def test_configuration_files_have_the_precedence_that_pytest_gives_them(
    tmp_path: Path, pyproject: str
) -> None:
    forms = [form for form in FORMS if not form.startswith("pyproject") or form == pyproject]
    written = [written_as(form, {"python_functions": (f"by_{n}",)}) for n, form in enumerate(forms)]
    module = "\n".join(f"def by_{number}(): pass" for number in range(len(forms)))
    root = write_files(tmp_path / "project", {**dict(written), "test_a.py": f"{module}\n"})
    said = []

    for _ in written:
        outcome = run_forked(root, ["--collect-only", "-q", "-p", "no:cacheprovider"])
        assert tuple(parsed_in(root).ids()) == outcome.selected
        (winner,) = outcome.selected
        said.append(winner)
        # The next one to win is the best of the rest.
        (root / written[int(winner.rpartition("_")[2])][0]).unlink()

    assert len(set(said)) == len(forms)


@pytest.mark.parametrize(
    "name",
    # One needs Django to be collected, which the environment of this test has not.
    sorted(path.name for path in PROJECTS.iterdir() if path.name != "plugins"),
)
def test_the_projects_that_tests_open_are_found_as_pytest_collects_them(
    tmp_path: Path, name: str
) -> None:
    root = Path(shutil.copytree(PROJECTS / name, tmp_path / name))

    outcome = run_forked(root, ["--collect-only", "-q", "-p", "no:cacheprovider"])

    assert outcome.selected
    assert tuple(parsed_in(root).ids()) == outcome.selected
