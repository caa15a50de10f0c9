"""One figure after the other: how long until something has arrived."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.bench.runs.usage import own_of
from tests.bench.server.client import Client, Message
from tests.bench.server.suites import Suite
from tests.bench.turns import Figures

TAG = "Signature: 8a477f597d28d172789f06886806bc55"
CHANGES = 40


def collect(suite: Suite) -> Figures:
    """Return what `pytest --collect-only -q` takes to its whole tree, with a cache beside it."""
    # Without the plugins that happen to be installed, and with warm bytecode: pytest at its best.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # The script, since `python -m` would let numpy's own folder stand before the library.
    command = [str(Path(suite.python).with_name("pytest")), "--collect-only", "-q"]
    began = time.perf_counter()
    with (suite.folder / ".pytest_cache-ids").open("w") as ids:
        process = subprocess.Popen(command, cwd=suite.folder, env=environment, stdout=ids)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    # Some of numpy's tests cannot be collected without a Fortran compiler.
    if process.returncode not in {0, 2}:
        raise RuntimeError(f"pytest could not collect {suite.name}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"tree": seconds, "cpu": cpu, "peak": usage.ru_maxrss / 1024}


def remember(suite: Suite) -> int:
    """Let the cache know all tests, as after a run of them; return how many there are."""
    text = (suite.folder / ".pytest_cache-ids").read_text("utf-8")
    ids = sorted(line for line in text.splitlines() if "::" in line)
    values = suite.folder / ".pytest_cache/v/cache"
    values.mkdir(parents=True, exist_ok=True)
    (values / "nodeids").write_text(json.dumps(ids, indent=2), "utf-8")
    return len(ids)


def forget(suite: Suite) -> None:
    """Leave an empty cache directory."""
    cache = suite.folder / ".pytest_cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir()
    (cache / "CACHEDIR.TAG").write_text(TAG, "utf-8")


def start(suite: Suite) -> Figures:
    """Start a server on *suite*; return seconds, counted from `initialized`, and MiB."""
    client = Client(suite.folder)
    client.initialize()
    ready = time.perf_counter() - client.began
    sent = client.send("initialized", {})
    first = arrival = client.until(has_files)
    while not arrival.message["params"]["complete"]:
        arrival = client.until(lambda message: message.get("method") == "recall/tests")
    summary = client.until(lambda message: message.get("method") == "recall/summary")
    figures = {
        "before": ready,
        "first": first.when - sent,
        "tree": arrival.when - sent,
        "cpu": own_of(client.pid),
        "tests": summary.message["params"]["total"],
        "peak": client.peak(),
    }
    client.stop()
    return figures


def has_files(message: Message) -> bool:
    """Tell whether a message has rows to draw."""
    return message.get("method") == "recall/tests" and bool(message["params"]["files"])


def rows(suite: Suite) -> Figures:
    """Ask for all that is below all files; return the seconds until it has been told."""
    client = Client(suite.folder)
    client.initialize()
    client.send("initialized", {})
    paths: list[str] = []
    complete = False
    while not complete:
        params = client.until(lambda message: message.get("method") == "recall/tests").message[
            "params"
        ]
        paths += [file["path"] for file in params["files"]]
        complete = params["complete"]
    client.until(lambda message: message.get("method") == "recall/summary")
    seconds, _ = client.ask("recall/children", {"root": suite.folder.as_uri(), "ids": paths})
    figures = {"rows": seconds, "cpu": own_of(client.pid), "peak": client.peak()}
    client.stop()
    return figures


def edits(folder: Path) -> Figures:
    """Type into a file of 5,000 lines with failures and new tests; return seconds until markers."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    body = "".join(f"    x = {line}\n" for line in range(7))
    text = "".join(
        f"def test_{number}():\n{body}    assert x == {number}\n\n" for number in range(500)
    )
    path = folder / "test_long.py"
    path.write_text(text, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    _fail(folder)
    client = Client(folder)
    client.initialize()
    client.send("initialized", {})
    client.until(lambda message: message.get("method") == "recall/summary")
    uri = path.as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.send("textDocument/didOpen", {"textDocument": document})
    client.ask("recall/children", {"root": folder.as_uri(), "ids": ["test_long.py"]})
    took = [_edit(client, uri, version, version * 97 % 5000) for version in range(2, 402)]
    client.stop()
    cuts = statistics.quantiles(took, n=20)
    return {"median": statistics.median(took), "p95": cuts[-1], "worst": max(took)}


def _fail(folder: Path) -> None:
    """Remember 50 failures with their lines, and leave 50 tests new."""
    ids = [f"test_long.py::test_{number}" for number in range(500)]
    values = folder / ".pytest_cache/v/cache"
    values.mkdir(parents=True)
    (values / "nodeids").write_text(json.dumps(sorted(ids[50:])), "utf-8")
    failed = ids[100:500:8]
    (values / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)), "utf-8")
    runs = folder / ".pytest_cache/d/recall/runs"
    runs.mkdir(parents=True)
    events: list[dict[str, Any]] = [{"event": "run", "format": 1, "time": time.time()}]
    for node_id in failed:
        number = int(re.findall(r"\d+", node_id)[0])
        place = {"path": "test_long.py", "line": number * 10 + 9}
        failure = {"message": "assert 6 == 7", "place": place, "duration": {"call": 0.1}}
        event = {"event": "test", "id": node_id, "outcome": "failed", "time": time.time()}
        events.append({**event, **failure, "statement": f"assert x == {number}"})
    events.append({"event": "end", "status": 1, "time": time.time()})
    text = "".join(json.dumps(event) + "\n" for event in events)
    (runs / "20261120T135700.123456Z-1-a1b2c3d4.jsonl").write_text(text, "utf-8")


def _edit(client: Client, uri: str, version: int, line: int) -> float:
    start = {"line": line, "character": 0}
    change = {"range": {"start": start, "end": start}, "text": "\n" if version % 5 == 0 else " "}
    document = {"uri": uri, "version": version}
    params = {"textDocument": document, "contentChanges": [change]}
    sent = client.send("textDocument/didChange", params)

    def is_answer(message: Message) -> bool:
        return message.get("method") == "recall/markers" and message["params"]["version"] == version

    return client.until(is_answer).when - sent


def changes(suite: Suite) -> Figures:
    """Change single files on disk; return seconds from the watch event to the told change."""
    client = Client(suite.folder)
    client.initialize()
    client.send("initialized", {})
    client.until(lambda message: message.get("method") == "recall/summary")
    paths = sorted(suite.folder.rglob("test_*.py"))[:: max(1, 1000 // CHANGES)][:CHANGES]
    took = [_change(client, suite.folder, path) for path in paths]
    client.stop()
    return {"median": statistics.median(took), "p95": statistics.quantiles(took, n=20)[-1]}


def _change(client: Client, folder: Path, path: Path) -> float:
    text = path.read_text("utf-8")
    path.write_text(text + "\n\ndef test_more():\n    pass\n", "utf-8")
    event = {"uri": path.as_uri(), "type": 2}
    sent = client.send("workspace/didChangeWatchedFiles", {"changes": [event]})
    name = path.relative_to(folder).as_posix()

    def is_told(message: Message) -> bool:
        return message.get("method") == "recall/tests" and any(
            file["path"] == name for file in message["params"]["files"]
        )

    seconds = client.until(is_told).when - sent
    path.write_text(text, "utf-8")
    return seconds
