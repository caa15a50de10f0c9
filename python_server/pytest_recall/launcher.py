"""Start pytest with our plugin, which need not be installed, as the plain `pytest` would start.

    python launcher.py [--select FILE] [--recall-…] -- <pytest's arguments>
    python launcher.py --wait DESCRIPTOR ROOT        (`waiting.py`)

A test must not be able to tell the difference: `sys.path`, `sys.argv` and the environment are what
the `pytest` script of the same interpreter gives. This file keeps to what old Pythons understand,
so that they get a message instead of a syntax error, and plain paths make it start sooner.
"""

# ruff: noqa: PTH100, PTH110, PTH118, PTH120

from __future__ import annotations

import importlib.util
import os
import sys
import types

OLDEST_PYTHON = (3, 10)
ALWAYS = ("-p", "pytest_recall.needed", "-p", "pytest_recall.plugin", "--recall-live")


def prepare() -> tuple[list[str], list[str]] | int:
    """Return our arguments and pytest's once all is as its script has it, or an exit status."""
    folder = os.path.dirname(os.path.abspath(__file__))
    arguments = sys.argv[1:]
    if sys.version_info < OLDEST_PYTHON:
        running = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write("Pytest Recall needs Python 3.10 or newer, this is " + running + "\n")
        return 4
    script = os.path.join(scripts_folder(), "pytest")
    sys.argv = [script]
    # The interpreter put this file's folder first; the script's own, without links, would be there.
    sys.path[0] = os.path.dirname(os.path.realpath(script))
    if importlib.util.find_spec("pytest") is None:
        sys.stderr.write("Pytest Recall: " + sys.executable + " has no pytest\n")
        return 4
    install_package(folder)
    hide_main(script)
    if arguments[:1] == ["--wait"]:
        arguments = wait_for_arguments(int(arguments[1]), arguments[2])
    ours, theirs = split_arguments(arguments)
    sys.argv = [script, *theirs]
    sys.orig_argv = [sys.orig_argv[0], *sys.argv]
    return ours, theirs


def wait_for_arguments(descriptor: int, root: str) -> list[str]:
    """Import ahead, and return in a new process for each run that is asked for."""
    from pytest_recall import waiting

    return waiting.wait(descriptor, root)


def split_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Part our arguments from pytest's at the first `--`."""
    if "--" not in arguments:
        return [], arguments
    middle = arguments.index("--")
    ours: list[str] = []
    select = "--recall-select="
    for argument in arguments[:middle]:
        if ours and ours[-1] == select:
            # pytest takes a path that stands alone for one of the tests' when it looks for rootdir.
            ours[-1] += argument
        else:
            ours.append(select if argument == "--select" else argument)
    return ours, arguments[middle + 1 :]


def scripts_folder() -> str:
    """Return where this interpreter's `pytest` script is or would be."""
    beside = os.path.dirname(os.path.abspath(sys.executable))
    if os.path.exists(os.path.join(beside, "pytest")):
        return beside
    # Imported only when it is needed, since a test could see it among the modules.
    import sysconfig

    return sysconfig.get_path("scripts")


def install_package(folder: str) -> None:
    """Make `pytest_recall` importable from *folder* without `sys.path`, if it is not installed.

    One that is installed would be another version than the one that was asked for, so ours wins.
    """
    spec = importlib.util.spec_from_file_location(
        "pytest_recall",
        os.path.join(folder, "__init__.py"),
        submodule_search_locations=[folder],
    )
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["pytest_recall"] = module
        spec.loader.exec_module(module)


def hide_main(script: str) -> None:
    """Put a bare `__main__` in the place of this file, named as the script if there is one.

    A process that multiprocessing spawns runs the file of `__main__` again.
    """
    if os.path.exists(script):
        main_module = types.ModuleType("__main__")
        names = {"__file__": script, "__builtins__": __builtins__, "__cached__": None}
        vars(main_module).update(names, __annotations__={})
        sys.modules["__main__"] = main_module


def run_pytest(ours: list[str], theirs: list[str]) -> int:
    """Run pytest as its console script does, with our plugin and options added."""
    import _pytest.config
    import pytest

    from pytest_recall.supported import SUPPORTED, is_supported

    if not is_supported(pytest.version_tuple):
        message = "pytest-recall needs " + SUPPORTED + ", and this is " + pytest.__version__ + "\n"
        sys.stderr.write(message)
        return 4
    arguments = [*ALWAYS, *ours, *theirs]
    try:
        # The public function would call itself `pytest.main()` in its messages.
        if hasattr(_pytest.config, "_main"):
            run = _pytest.config._main  # noqa: SLF001
            status = run(args=arguments, prog="pytest")
        else:
            status = _pytest.config.main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be flushed at exit has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


if __name__ == "__main__":
    # As many calls below pytest as with its script: a recursion fails at the same depth.
    prepared = prepare()
    sys.exit(prepared if isinstance(prepared, int) else run_pytest(*prepared))
