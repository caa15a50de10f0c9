"""The server on a port: where it listens, and how it ends with its client."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from tests.python.environment import clean_environment
from tests.python.server.support import PATIENCE, SERVER

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp.tcp import address_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:2087", ("127.0.0.1", 2087)),
        ("127.1.2.3:0", ("127.1.2.3", 0)),
        ("localhost:65535", ("127.0.0.1", 65535)),
        ("[::1]:2087", ("::1", 2087)),
    ],
)
def test_addresses_of_loopback_are_taken(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.0.0.0:2087", "no address of this machine alone"),
        ("[::]:2087", "no address of this machine alone"),
        ("192.168.1.2:2087", "no address of this machine alone"),
        ("localhost.example.com:2087", "no address of this machine alone"),
        ("127.0.0.1", "is not HOST:PORT"),
        (":2087", "is not HOST:PORT"),
        ("127.0.0.1:", "is not HOST:PORT"),
        ("127.0.0.1:65536", "is not HOST:PORT"),
        ("127.0.0.1:-1", "is not HOST:PORT"),
        ("127.0.0.1:²", "is not HOST:PORT"),
        ("", "is not HOST:PORT"),
    ],
)
def test_any_other_address_is_declined_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(HumanError, match=words):
        address_of(text)


def start(address: str) -> subprocess.Popen[bytes]:
    """Start the server on a port."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest_recall_server.script", "--tcp", address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment() | {"PYTHONPATH": str(SERVER)},
    )


def test_a_server_ends_with_its_client_and_a_taken_port_is_said() -> None:
    with start("localhost:0") as server:
        assert server.stdout is not None
        address = server.stdout.readline().decode().removeprefix("listening on ").strip()
        host, _, port = address.rpartition(":")
        with start(address) as second:
            errors = second.communicate(timeout=PATIENCE)[1].decode()
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            # A line that is longer than any header, and a message that breaks off.
            client.sendall(b"x" * (3 << 20) + b"\nContent-Length: 100\r\n\r\n{")
        logged = server.communicate(timeout=PATIENCE)[1].decode()

    assert (second.returncode, "address already in use" in errors) == (2, True)
    assert server.returncode == 0
    assert "Traceback" not in logged
