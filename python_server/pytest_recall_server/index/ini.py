"""Read ini files as pytest does (iniconfig's rules, which are not configparser's)."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_recall_server.errors import ConfigError

Sections = dict[str, dict[str, str]]


def parse_ini(text: str) -> Sections:
    """Return section → name → value; lines of a value are joined by newlines.

    Raise ``ConfigError`` where pytest would refuse the file.
    """
    sections: Sections = {}
    values: dict[str, str] | None = None
    name: str | None = None
    for number, line in _content(text):
        header = _header(line)
        if header is not None:
            if not header or header in sections:
                raise ConfigError(f"line {number}: empty or doubled section [{header}]")
            values, name = sections.setdefault(header, {}), None
        elif values is None:
            raise ConfigError(f"line {number}: no section header before {line.strip()!r}")
        elif line[0].isspace() or line[0] == "[":
            if name is None:
                raise ConfigError(f"line {number}: unexpected continuation {line.strip()!r}")
            values[name] = "\n".join(filter(None, (values[name], line.strip())))
        else:
            name, value = _entry(number, line)
            if name in values:
                raise ConfigError(f"line {number}: doubled name {name!r}")
            values[name] = value
    return sections


def _content(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        stripped = line.rstrip()
        if stripped and stripped.lstrip()[0] not in "#;":
            yield number, stripped


def _header(line: str) -> str | None:
    if line[0] != "[":
        return None
    bare = line.split("#", maxsplit=1)[0].split(";", maxsplit=1)[0].rstrip()
    return bare[1:-1] if bare.endswith("]") else None


def _entry(number: int, line: str) -> tuple[str, str]:
    name, mark, value = line.partition("=")
    if not mark or ":" in name:
        name, mark, value = line.partition(":")
    if not mark:
        raise ConfigError(f"line {number}: unexpected line {line!r}")
    return name.strip(), value.strip()
