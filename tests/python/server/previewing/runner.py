"""A process that forks a child for every project, in which pytest runs several times.

    python runner.py <folder for sys.path>

A request is one line of JSON: the project, its cache directory, a copy of the values that are to
be remembered before each run, the arguments of each run, and whether each is to be in a child of
its own. The answer is one line of JSON: what each run did and printed. In one child the project's
modules are imported by the first run alone.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.python.plugin.zygote import Probe, warm_up

REPOSITORY = Path(__file__).parents[4]


def serve() -> None:
    """Answer requests until stdin ends."""
    warm_up()
    forget_ourselves()
    # pytest collects garbage when it ends, and what is loaded is much to look through.
    gc.freeze()
    for line in sys.stdin:
        *request, apart = json.loads(line)
        answer = answer_from(functools.partial(run_all, *request, apart=apart))
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


def forget_ourselves() -> None:
    """Leave the names of our own tests to those of the projects."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.path.remove(str(REPOSITORY))


def answer_from(work: Callable[[], object]) -> object:
    """Return what *work* gives in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer or "null")


def run_all(
    project: str, cache: str, values: str, runs: list[list[str]], *, apart: bool
) -> list[object]:
    """Run pytest with the arguments of each of *runs*, and return what they did."""
    os.chdir(project)
    sys.dont_write_bytecode = True
    done: list[object] = []
    for arguments in runs:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(values, cache)
        work = functools.partial(run, arguments, Path(values).parent / "output")
        done.append(answer_from(work) if apart else work())
    return done


def run(arguments: list[str], output: Path) -> dict[str, object]:
    """Run pytest and return what it did."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the process's own
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    probe = Probe()
    status = pytest.main(["-p", "no:faulthandler", *arguments], plugins=[probe])
    sys.stdout.flush()
    sys.stderr.flush()
    text = output.read_text("utf-8", "replace")
    return {"status": int(status), "output": text, **probe.seen}


if __name__ == "__main__":
    serve()
