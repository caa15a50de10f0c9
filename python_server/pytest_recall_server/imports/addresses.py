"""By which two names pytest's JUnit XML calls a test (``_pytest/junitxml.py``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

SEPARATOR = "::"
_NOT_IN_XML = re.compile(
    "[^\u0009\u000a\u000d\u0020-\u007e\u0080-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_SHORT = 0xFF
_ESCAPED = re.compile(r"#x(?P<code>[0-9A-F]{4}|[0-9A-F]{2})")

Address = tuple[str, str]
"""The attributes ``classname`` and ``name``."""


def addresses_of(node_id: str) -> Iterator[Address]:
    """Yield the addresses that pytest gives a test: one, and another one before pytest 9.2.

    They differ only where a folder or file has a bracket in its name.
    """
    path, separator, tail = node_id.partition(SEPARATOR)
    head, bracket, parameters = tail.partition("[")
    yield _address(path, head.split(SEPARATOR) if separator else [], bracket + parameters)
    if "[" in path:
        around, bracket, parameters = node_id.partition("[")
        path, *names = around.split(SEPARATOR)
        yield _address(path, names, bracket + parameters)


def _address(path: str, names: list[str], parameters: str) -> Address:
    parts = [path.replace("/", ".").removesuffix(".py"), *names]
    parts[-1] += parameters
    return ".".join(parts[:-1]), escaped(parts[-1])


def escaped(text: str) -> str:
    """Return *text* as pytest writes it into XML: what XML has no place for is spelled out."""
    return _NOT_IN_XML.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"#x{code:02X}" if code <= _SHORT else f"#x{code:04X}"


def may_be_escaped(text: str) -> bool:
    """Tell whether *text* may stand for another one that XML has no place for."""
    return any(_NOT_IN_XML.match(chr(int(match["code"], 16))) for match in _ESCAPED.finditer(text))
