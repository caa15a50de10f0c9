"""The built wheel, alone with pytest: all commands, by the transcripts of `docs/command-line.md`.

    RECALL_UPDATE_GOLDEN=1 pytest …/test_guide.py

writes the transcripts and `golden/*.json` anew (`npm run format` lays these out); look at the
difference.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.python.cli.installed import Environment, add_extra
from tests.python.cli.support import collapsed, plain, plain_value
from tests.python.environment import clean_environment
from tests.python.plugin.support import ROOT, Project

GUIDE = ROOT / "docs" / "command-line.md"
GOLDEN = Path(__file__).parent / "golden"
UPDATES = "RECALL_UPDATE_GOLDEN" in os.environ
_BLOCK = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
_COMMAND = re.compile(r"^\$ pytest-recall (.*)\n", re.MULTILINE)

SHOP = {
    "tests/test_cart.py": """\
        import pytest

        PRICES = {"apple": 30, "pear": 45}

        def test_apple():
            assert PRICES["apple"] == 30

        @pytest.mark.parametrize("name, price", [("apple", 30), ("pear", 40)])
        def test_price(name, price):
            assert PRICES[name] == price

        def test_kiwi():
            assert PRICES["kiwi"] == 60
        """,
    "tests/test_stock.py": "def test_nothing_in_stock():\n    assert not []\n",
}
ORDER = {"tests/test_order.py": "def test_order():\n    pass\n"}
TAX = {"tests/test_tax.py": "def test_tax():\n    assert 0.19 == 0.07\n"}
JSON = {
    "status": ("status", 0),
    "failed": ("failed", 0),
    "failed-reasons": ("failed --reasons --outstanding", 0),
    "why": ("why tests/test_cart.py::test_kiwi", 0),
    "preview": ("preview --outstanding", 0),
    "runs": ("runs", 0),
    "show": ("show last", 0),
    "doctor": ("doctor", 0),
    "import": ("import --add junit.xml", 0),
    "import-log": ("import ci.log", 1),
    "show-imported": ("show last", 0),
    "export": ("export last -o run.jsonl", 0),
    "clear": ("clear --yes", 0),
}
"""Name of the golden file → command line and its exit status."""


@pytest.fixture(scope="session")
def reports(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return name → text of what pytest tells of the project elsewhere.

    The log is of a branch with one test more.
    """
    elsewhere = Project(tmp_path_factory.mktemp("elsewhere").resolve() / "shop")
    command = (environment.python, "-m", "pytest", "-q")
    elsewhere.write(SHOP | ORDER)
    environment.run(*command, "--junitxml=junit.xml", cwd=elsewhere.path)
    elsewhere.write(TAX)
    log = environment.run(*command, cwd=elsewhere.path).stdout
    assert "3 failed, 4 passed" in log, log
    return {"junit.xml": (elsewhere.path / "junit.xml").read_text("utf-8"), "ci.log": log}


@pytest.fixture
def shop(environment: Environment, reports: dict[str, str], tmp_path: Path) -> Path:
    """Return a project in which a run stopped at its first failure, and a test is new.

    Beside it lie the *reports* of CI.
    """
    project = Project(tmp_path.resolve() / "shop")
    project.write(SHOP)
    done = environment.run(environment.python, "-m", "pytest", "-q", "-x", cwd=project.path)
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    project.write(ORDER | reports)
    return project.path


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands in *text* with what they print there."""
    for block in _BLOCK.findall(text):
        parts = _COMMAND.split(block)
        yield from zip(parts[1::2], parts[2::2], strict=True)


def test_every_transcript_of_the_guide_is_true(environment: Environment, shop: Path) -> None:
    text = GUIDE.read_text("utf-8")
    shown = list(blocks(text))
    asked = [shlex.split(command) for command, _ in shown]

    answers = environment.commands(shop, asked)

    outputs = [plain(output, shop) for _, output in answers]
    if UPDATES:
        GUIDE.write_text(with_outputs(text, outputs), "utf-8")
    commands = {words[0] for words in asked}
    assert commands == {command.split()[0] for command, _ in JSON.values()}
    for (command, told), output in zip(shown, outputs, strict=True):
        assert UPDATES or collapsed(told) == collapsed(output), command


def with_outputs(text: str, outputs: Sequence[str]) -> str:
    """Return the guide with what its commands print now."""
    new = iter(outputs)

    def block(found: re.Match[str]) -> str:
        commands = _COMMAND.findall(found[1])
        shown = (f"$ pytest-recall {each}\n{next(new)}".rstrip() + "\n" for each in commands)
        return f"```console\n{''.join(shown)}```\n"

    return _BLOCK.sub(block, text)


def test_every_command_prints_json_of_one_shape(environment: Environment, shop: Path) -> None:
    asked = [[*shlex.split(command), "--json"] for command, _ in JSON.values()]

    answers = environment.commands(shop, asked)

    for (name, (_, expected_status)), (status, output) in zip(JSON.items(), answers, strict=True):
        value = plain_value(json.loads(output), shop)
        golden = GOLDEN / f"{name}.json"
        if UPDATES:
            golden.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
        expected = json.loads(golden.read_text("utf-8"))
        # As texts: the order of members is part of what people read.
        assert (status, json.dumps(value)) == (expected_status, json.dumps(expected)), name


def test_the_wheel_brings_a_program_that_agrees_with_pytest(
    environment: Environment, shop: Path
) -> None:
    program = environment.script("pytest-recall")
    (shop / "json.py").write_text("raise SystemExit('json.py of the workspace was imported')\n")

    status = environment.run(program, "status", cwd=shop)
    # An empty entry of PYTHONPATH is the working directory.
    failed = environment.run(program, "failed", cwd=shop, PYTHONPATH=os.pathsep)
    as_module = environment.run(environment.python, "-m", "pytest_recall", "failed", cwd=shop)
    (shop / "json.py").unlink()
    rerun = environment.run(environment.python, "-m", "pytest", "--lf", "-q", cwd=shop)

    assert status.stdout.startswith("1 failed, 2 unfinished, 1 new, of 6 tests\n"), status
    assert failed.stdout == as_module.stdout == "tests/test_cart.py::test_price[pear-40]\n"
    assert "FAILED tests/test_cart.py::test_price[pear-40]" in rerun.stdout
    assert "1 failed" in rerun.stdout


def test_the_server_needs_its_extra_and_then_listens_on_loopback(environment: Environment) -> None:
    program = environment.script("pytest-recall-server")
    without = environment.run(program, cwd=ROOT)
    add_extra(environment)

    with subprocess.Popen(
        [program, "--tcp", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
        text=True,
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().removeprefix("listening on ").strip()
        host, _, port = address.rpartition(":")
        with contextlib.closing(Client(host, int(port))) as client:
            answer = client.ask("initialize", {"processId": None, "capabilities": {}})
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, int(port)), timeout=60)
            client.ask("shutdown", None)
            client.send({"jsonrpc": "2.0", "method": "exit"})
        status = server.wait(60)

    assert without.returncode == 2
    assert 'pip install "pytest-recall[server]"' in without.stderr
    assert host == "127.0.0.1"
    assert answer["result"]["serverInfo"]["name"] == "pytest-recall"
    assert status == 0


class Client:
    """Speaks JSON-RPC over a connection."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=60)
        self._stream = self._socket.makefile("rwb")

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def send(self, message: object) -> None:
        """Send a message."""
        body = json.dumps(message).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._stream.flush()

    def ask(self, method: str, params: object) -> Any:  # noqa: ANN401 - of any shape
        """Send a request and return its answer; what else comes is passed over."""
        self.send({"jsonrpc": "2.0", "id": method, "method": method, "params": params})
        while True:
            length = 0
            while (line := self._stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name == b"Content-Length" else length
            message = json.loads(self._stream.read(length))
            if message.get("id") == method:
                return message
