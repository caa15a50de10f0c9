"""Nothing leaves the machine: no source of ours can reach a network, and nothing that runs does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python.plugin.support import SOURCES, Project

NETWORK = frozenset(
    [
        "aiohttp",
        "ftplib",
        "grpc",
        "http",
        "httpx",
        "imaplib",
        "nntplib",
        "poplib",
        "requests",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "telnetlib",
        "urllib.error",
        "urllib.request",
        "urllib.robotparser",
        "urllib3",
        "webbrowser",
        "websockets",
        "xmlrpc",
    ]
)
"""Modules that can open a connection, or let another program open one."""
CALLS = frozenset(
    [
        "connect_ex",
        "create_connection",
        "create_datagram_endpoint",
        "create_server",
        "getaddrinfo",
        "gethostbyname",
        "open_connection",
        "sock_connect",
        "start_server",
        "start_tcp",
        "start_ws",
        "urlopen",
    ]
)
"""Functions and methods that do."""
ALLOWED = {
    # A pair of sockets without an address joins the server with the process that it has started.
    "pytest_recall/waiting.py": {"socket"},
    "pytest_recall_server/runs/waiting.py": {"socket", "open_connection(sock=ours, …)"},
    # The server is asked to listen, and does so on loopback: `test_tcp.py`.
    "pytest_recall_server/lsp/tcp.py": {"start_server(accept, host, port, …)"},
}
SOCKETS = {"socket", "socketpair", "send_fds", "recv_fds"}
"""What may be taken from the module: a pair, and descriptors that go through it."""


def reaches(source: str) -> set[str]:
    """Return what in *source* can reach a network."""
    return set(_reaches(ast.parse(source)))


def _reaches(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (_network(alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield _network(module)
                yield from (_network(f"{module}.{alias.name}") for alias in names)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in CALLS:
                yield f"{name}({_told(node)}…)"
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module")):
                for argument in node.args:
                    yield _network(str(getattr(argument, "value", "")))
            case ast.Attribute(value=ast.Name(id="socket"), attr=name) if name not in SOCKETS:
                yield f"socket.{name}"
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="socket"), attr="socket"), keywords=keywords
            ) if [each.arg for each in keywords] != ["fileno"]:
                yield "socket.socket()"


def _network(module: str) -> str:
    """Return the part of *module* that stands for a network, empty if there is none."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return next((name for name in names if name in NETWORK), "")


def _told(call: ast.Call) -> str:
    """Return the arguments that say whom it reaches."""
    pairs = [
        f"{each.arg}={ast.unparse(each.value)}" for each in call.keywords if each.arg != "limit"
    ]
    return "".join(f"{text}, " for text in [*map(ast.unparse, call.args), *pairs])


def test_no_source_of_ours_reaches_a_network() -> None:
    found = {
        path.relative_to(SOURCES).as_posix(): reaches(path.read_text("utf-8")) - {""}
        for path in sorted(SOURCES.rglob("*.py"))
    }

    assert len(found) > 200
    assert {name: what for name, what in found.items() if what} == ALLOWED


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import urllib.request", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("def late():\n    import http.client", "http"),
        ("from requests import get", "requests"),
        ("importlib.import_module('smtplib')", "smtplib"),
        ("socket.socket(socket.AF_INET)", "socket.AF_INET"),
        ("socket.socket()", "socket.socket()"),
        ("socket.create_connection(('example.org', 80))", "socket.create_connection"),
        ("await asyncio.open_connection(host, 80)", "open_connection(host, 80, …)"),
        ("server.start_tcp(host, 80)", "start_tcp(host, 80, …)"),
    ],
)
def test_a_way_to_a_network_is_noticed(source: str, what: str) -> None:
    assert what in reaches(source)


@pytest.mark.parametrize(
    "source", ["from urllib.parse import quote", "socket.socketpair()", "socket.socket(fileno=3)"]
)
def test_what_stays_on_the_machine_is_no_way(source: str) -> None:
    assert reaches(source) - {""} == set()


GUARD = """
import sys
reached = []
def guard(event, arguments):
    if event in ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        reached.append(event)
        sys.stderr.write(f"NETWORK {event}\\n")
sys.addaudithook(guard)
"""
"""Says what Python tells auditors of whoever reaches a network, us and what we carry alike."""
RUN = f"""
{GUARD}
import pytest
pytest.main(["-q", "-p", "pytest_recall.plugin"])
print("reached:", *reached)
"""
REACH = "import socket\ndef test_it():\n    socket.socket().connect_ex(('127.0.0.1', 9))\n"
ALONE = {"PYTHONPATH": str(SOURCES), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
TEST = {"test_a.py": "def test_a():\n    assert 0\n"}


def test_a_run_with_the_plugin_reaches_no_network(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.write(TEST)
    quiet = project.process("-c", RUN, **ALONE)
    project.write({"test_reach.py": REACH})
    reaching = project.process("-c", RUN, **ALONE)

    assert "1 failed" in quiet.stdout
    assert quiet.stdout.endswith("\nreached:\n")
    assert reaching.stdout.endswith("\nreached: socket.connect\n")
    assert len(project.journals()) == 2
