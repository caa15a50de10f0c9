"""Run pytest's own tests of its cache and stepwise plugins against ours.

    python -m tests.conformance [--full] [--versions 9.2.0,…]

For each version of pytest, its source distribution is fetched from the package index, a virtual
environment is made with that version, and its tests run with our plugin in the built-in's place.
`witness.py` logs every inner run; one that did not use ours fails the check, and a control run
with the built-in shows that it would be noticed.
"""

# ruff: noqa: T201 - a script speaks on its stdout

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.report import Results, is_ours, read_log

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "conformance"
VERSIONS = ("9.2.0", "8.4.2", "8.0.2")
REQUIREMENTS = ("pyyaml", "pexpect", "attrs", "pygments", "xmlschema", "hypothesis", "mock", "nose")

OWN = ("test_cacheprovider.py", "test_stepwise.py")
NET = (
    "test_config.py",
    "test_pluginmanager.py",
    "test_session.py",
    "test_terminal.py",
    "test_collection.py",
    "test_legacypath.py",
    "test_helpconfig.py",
    "test_subtests.py",
    "acceptance_test.py",
)

EXPECTED = {
    "test_helpconfig.py::test_empty_help_param": (
        "asserts that no other plugin has added an ini option"
    ),
    "test_cacheprovider.py::TestNewAPI::test_cache_failure_warns": (
        "asserts that the warning shows a source line of the built-in's own file"
    ),
}
"""Tests that cannot pass with any other code than the built-in's, and why."""

INI = """[pytest]
addopts = -rfEXs -p pytester -p no:hypothesispytest -p no:cov
filterwarnings =
    error
    ignore::pytest.PytestExperimentalApiWarning
    default:.*invalid escape sequence.*:DeprecationWarning
    ignore:Module already imported so cannot be rewritten
    ignore:The --rsyncdir command line argument:DeprecationWarning
markers =
    slow
    uses_pexpect
    keep_ci_var
    skipif_devmode
    issue
    foo
    bar
    baz
    number_mark
    builtin_matchers_mark
    str_mark
"""


@dataclass(frozen=True)
class Installed:
    """One version of pytest, ready to be tested."""

    version: str
    python: Path
    sources: Path


def prepare(version: str) -> Installed:
    """Fetch the sources of *version* and install it; what is there already is used again."""
    folder = BUILD / version
    folder.mkdir(parents=True, exist_ok=True)
    sources = folder / f"pytest-{version}"
    if not sources.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
        run([*pip, "--no-binary", ":all:", f"pytest=={version}", "-d", str(folder)])
        with tarfile.open(folder / f"pytest-{version}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    environment = folder / "venv"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (environment / "ready").exists():
        shutil.rmtree(environment, ignore_errors=True)
        venv.create(environment, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-q"]
        run([*pip, f"pytest=={version}", *REQUIREMENTS])
        (environment / "ready").touch()
    return Installed(version, python, sources)


def run(command: Sequence[str]) -> None:
    """Run *command* and end with what it wrote if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def lay_out(installed: Installed, name: str, files: Sequence[str], *, pointed: bool) -> Path:
    """Copy *files* of pytest's tests to a folder; *pointed* imports lead to our modules."""
    folder = BUILD / installed.version / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    testing = installed.sources / "testing"
    for file in ("conftest.py", *files):
        if not (testing / file).exists():
            continue
        text = (testing / file).read_text("utf-8")
        if pointed:
            text = re.sub(r"_pytest\.cacheprovider", "pytest_recall.provider", text)
            text = re.sub(r"_pytest\.stepwise", "pytest_recall.stepwise", text)
        (folder / file).write_text(text, "utf-8")
    for extra in ("example_scripts", "plugins_integration"):
        if (testing / extra).is_dir() and files == NET:
            shutil.copytree(testing / extra, folder / extra)
    (folder / "pytest.ini").write_text(INI, "utf-8")
    return folder


def run_tests(installed: Installed, folder: Path, plugins: str) -> Results:
    """Run the tests in *folder* with *plugins* loaded in every inner run."""
    log = folder / "witness.jsonl"
    report = folder / "report.xml"
    log.unlink(missing_ok=True)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))
    }
    environment |= {
        "PYTHONPATH": os.pathsep.join((str(ROOT / "python_server"), str(HERE))),
        "PYTEST_PLUGINS": plugins,
        "RECALL_WITNESS": str(log),
    }
    tests = sorted(path.name for path in folder.glob("*test*.py") if path.name != "conftest.py")
    command = [str(installed.python), "-m", "pytest", "-q", f"--junitxml={report}", *tests]
    # As root nothing is unwritable, and two tests would skip themselves.
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("setpriv"):
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    (folder / "output.txt").write_text(done.stdout + done.stderr, "utf-8")
    if not report.exists():
        sys.exit(f"pytest {installed.version} did not run in {folder}:\n{done.stdout}{done.stderr}")
    return Results.of(report, read_log(log))


def check_own(installed: Installed, *, pointed: bool) -> list[str]:
    """Run the tests of cacheprovider and stepwise; return what is wrong."""
    name = "pointed" if pointed else "own"
    folder = lay_out(installed, name, OWN, pointed=pointed)
    results = run_tests(installed, folder, "pytest_recall.plugin,witness")
    wrong = [f"failed: {test}" for test in results.failed if test not in EXPECTED]
    wrong += [f"skipped: {test}" for test in results.skipped]
    wrong += [f"not ours: {line}" for line in results.log if not is_ours(line)]
    if len(results.log) < len(results.passed):
        wrong.append(f"only {len(results.log)} inner runs logged")
    known = [f"{test}: {EXPECTED[test]}" for test in results.failed if test in EXPECTED]
    say(f"pytest {installed.version} {name}: {results.summary()}", known, wrong)
    return wrong


def check_control(installed: Installed) -> list[str]:
    """Run the same tests with the built-in: the log must show it."""
    folder = lay_out(installed, "control", OWN[1:], pointed=False)
    results = run_tests(installed, folder, "witness")
    noticed = [line for line in results.log if not is_ours(line)]
    wrong = [] if noticed else ["the built-in was in place, and the log did not show it"]
    say(f"pytest {installed.version} control: the built-in seen in {len(noticed)} runs", [], wrong)
    return wrong


def check_net(installed: Installed) -> list[str]:
    """Run pytest's other tests with the built-in and with ours: the same must pass."""
    stock = run_tests(installed, lay_out(installed, "net-stock", NET, pointed=False), "witness")
    folder = lay_out(installed, "net", NET, pointed=False)
    ours = run_tests(installed, folder, "pytest_recall.plugin,witness")
    lost = sorted(set(stock.passed) - set(ours.passed))
    known = [f"{test}: {EXPECTED[test]}" for test in lost if test in EXPECTED]
    wrong = [f"passes with the built-in only: {test}" for test in lost if test not in EXPECTED]
    wrong += [f"not ours: {line}" for line in ours.log if not is_ours(line)]
    summary = f"stock {stock.summary()}; ours {ours.summary()}"
    say(f"pytest {installed.version} net: {summary}", known, wrong)
    return wrong


def say(line: str, known: Sequence[str], wrong: Sequence[str]) -> None:
    """Print a line and what belongs to it."""
    print(line, flush=True)
    for each in known:
        print(f"    known: {each}")
    for each in wrong:
        print(f"    WRONG: {each}")


def main() -> int:
    """Check all versions asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--versions", default=VERSIONS[0])
    parser.add_argument("--full", action="store_true", help="all versions, and the wider net")
    options = parser.parse_args()
    versions = VERSIONS if options.full else options.versions.split(",")
    wrong: list[str] = []
    for version in versions:
        installed = prepare(version)
        wrong += check_own(installed, pointed=False)
        wrong += check_own(installed, pointed=True)
        wrong += check_control(installed)
        if options.full:
            wrong += check_net(installed)
    print(f"{len(wrong)} wrong" if wrong else "conforms")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
