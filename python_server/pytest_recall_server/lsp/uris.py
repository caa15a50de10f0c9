"""Paths to URIs and back, spelled as VS Code spells them."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, unquote, unquote_to_bytes, urlsplit

from pytest_recall_server.errors import HumanError

_DRIVE = re.compile(r"^/[a-zA-Z]:")
_WINDOWS = sys.platform == "win32"


def uri_of(path: str) -> str:
    """Return the URI of the absolute *path*."""
    if not _WINDOWS:
        return "file://" + quote(os.fsencode(path), safe="/")
    path = path.replace("\\", "/")
    if path.startswith("//"):
        host, _, rest = path[2:].partition("/")
        return f"file://{quote(host)}/{quote(rest, safe='/')}"
    return "file:///" + quote(path[:1].lower() + path[1:], safe="/")


def path_of_uri(uri: str) -> str:
    """Return the absolute path that *uri* names; raise ``HumanError`` where it names no file."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file" or "\0" in unquote(parts.path):
            raise HumanError(f"{uri:.500} is not a file")
        path = _path(parts)
    except ValueError as error:
        # No address, or characters that no file system has.
        raise HumanError(f"{uri:.500} cannot be understood: {error}") from error
    if not os.path.isabs(path):
        raise HumanError(f"{uri:.500} is not a file")
    return path


def paths_of_uris(uris: Iterable[str]) -> list[str]:
    """Return the paths of those of *uris* that name files."""
    paths = []
    for uri in uris:
        with contextlib.suppress(HumanError):
            paths.append(path_of_uri(uri))
    return paths


def _path(parts: SplitResult) -> str:
    if not _WINDOWS:
        return os.path.normpath(os.fsdecode(unquote_to_bytes(parts.path)))
    path = unquote(parts.path)
    if parts.netloc:
        return os.path.normpath(f"//{parts.netloc}{path}")
    if _DRIVE.match(path):
        path = path[1].lower() + path[2:]
    return os.path.normpath(path)
