"""Why a run of pytest came to nothing or to a bad end, as a sentence for people."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_recall_server.runs.command import Runner

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SUMMARY = re.compile(r"^=* ?\d+ (passed|failed|errors?|skipped).* in \d", re.MULTILINE)
_INTERNAL_ERROR = 3
_KEPT = "what it had told is kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How the process of a run ended, and what it had said."""

    runner: Runner
    status: int | None
    """The exit status; None where a signal ended it."""
    how: str
    """The same in words."""
    output: str
    """The end of what it printed."""

    @property
    def lines(self) -> list[str]:
        """The lines that it printed last, without colours."""
        return lines_of(self.output)


def lines_of(output: str) -> list[str]:
    """Return the lines of what a program printed that say anything, without colours."""
    lines = (line.rstrip() for line in _ANSI.sub("", output).splitlines())
    return [line for line in lines if line]


def last_line(output: str) -> str:
    """Return the last of the lines; empty where there is none."""
    return next(reversed(lines_of(output)), "").strip()


def why_not_started(ending: Ending) -> str | None:
    """Return a sentence on a pytest that ended without having begun a journal."""
    interpreter, output = ending.runner.interpreter, "\n".join(ending.lines)
    if "has no pytest" in output:
        return (
            f"{interpreter} has no pytest: install it with `{interpreter} -m pip install pytest`,"
            " or choose another interpreter."
        )
    if old := re.search(r"needs (pytest (\S+) or newer[^\n]*?), and this is (\S+?)(?::|$)", output):
        return (
            f"{interpreter} has pytest {old[3]}, and Pytest Recall needs {old[1]}: install"
            f" pytest {old[2]} or newer, or choose another interpreter."
        )
    if old := re.search(r"needs (Python \S+) or newer, this is (\S+)", output):
        return f"{interpreter} is Python {old[2]}, but {old[1]} or newer is needed: choose another."
    return _why_not_loaded(interpreter, output) or _why_silent(ending, output)


def _why_not_loaded(interpreter: str | None, output: str) -> str | None:
    """Return a sentence on what of the project's own pytest could not load."""
    if conftest := re.search(
        r"ImportError while loading conftest '([^\n]+)'\.$", output, re.MULTILINE
    ):
        return f"pytest cannot load {conftest[1]}, so that no test can run: {_last(output)}"
    if plugin := re.search(r'Error while loading plugin "([^"\n]+)"', output):
        return (
            f"pytest cannot load the plugin {plugin[1]}, so that no test can run: {_last(output)}"
        )
    if plugin := re.search(r'Error importing plugin "([^"\n]+)": ([^\n]*)', output):
        return (
            f"pytest cannot load the plugin {plugin[1]} ({plugin[2]}): install it for"
            f" {interpreter}, or take it out of where it is asked for: pytestRecall.args, addopts,"
            " PYTEST_ADDOPTS, PYTEST_PLUGINS, or pytest_plugins in a conftest.py."
        )
    return None


def _why_silent(ending: Ending, output: str) -> str:
    if _SUMMARY.search(output):
        return (
            "pytest has run, but has kept no journal, so that no result can be shown: look for"
            " `-p no:cacheprovider` in pytestRecall.args, and for `recall_journal` in the"
            " configuration."
        )
    if ending.status == 0:
        said = f" It said: {ending.lines[-1]}" if ending.lines else ""
        return (
            "No test was run: pytest began no run. Look for options such as --help or --version in"
            " pytestRecall.args, addopts and PYTEST_ADDOPTS, and whether"
            f" {ending.runner.interpreter} is a Python.{said}"
        )
    return _before_any_test(ending, output)


def _before_any_test(ending: Ending, output: str) -> str:
    if not ending.lines:
        return (
            f"pytest ended before it could run any test, without a word ({ending.how}): a"
            " conftest.py or a plugin may have ended its process, as os._exit does, or closed its"
            " output."
        )
    return f"pytest ended before it could run any test: {_last(output)}"


def why_broken_off(ending: Ending, running: tuple[str, ...]) -> str:
    """Return a sentence on a run whose process ended before the run did.

    *running* are the tests that had begun and not ended.
    """
    where = f", while it ran {', '.join(map(_short, running))}" if running else ""
    return (
        f"The process of pytest ended before its run was over ({ending.how}){where}: {_KEPT}."
        " A crash of native code, os._exit in a test, conftest.py or plugin, or a lack of memory"
        " ends it so."
    )


def why_internal_error(ending: Ending, status: int | None) -> str | None:
    """Return a sentence on a pytest that has failed itself, by its word or its exit *status*."""
    mark = "INTERNALERROR> "
    said = [line.removeprefix(mark).strip() for line in ending.lines if line.startswith(mark)]
    if said:
        return (
            f"pytest stopped with an internal error ({said[-1]}): {_KEPT}. The output of the run"
            " says which plugin or conftest.py it comes from."
        )
    if status != _INTERNAL_ERROR:
        return None
    return (
        "pytest stopped with an internal error that it could not print: a test, a conftest.py or a"
        f" plugin may have closed its output. {_KEPT.capitalize()}."
    )


def why_no_results(ending: Ending, status: int | None, *, any_results: bool) -> str | None:
    """Return a sentence on a run that reached its end with pytest's *status*, if it needs one."""
    if internal := why_internal_error(ending, status):
        return internal
    if any_results or status in {0, 2, 5, None}:
        return None
    return _before_any_test(ending, "\n".join(ending.lines))


def only_collected() -> str:
    """Return a sentence on a run that was to run tests, and had an option that forbids it."""
    return (
        "pytest has only collected the tests: take --collect-only (--co) out of pytestRecall.args,"
        " addopts or PYTEST_ADDOPTS to run them."
    )


def _last(output: str) -> str:
    """Return the line that says most of what went wrong: pytest's word, else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\berror:", line, re.IGNORECASE)]
    word = re.sub(r"^E\s+", "", (errors or lines)[-1])
    files = re.findall(r'^\s*File "([^"\n]+)", line (\d+)', output, re.MULTILINE)
    if "Traceback (most recent call last)" in output and files:
        return f"{word} ({files[-1][0]}:{files[-1][1]})"
    return word


def _short(node_id: str) -> str:
    """Return *node_id* so that it fits into a sentence."""
    shown = 120
    return node_id if len(node_id) <= shown else f"{node_id[:shown]}…"
