"""Read single options of a configuration file, and those of ``addopts`` that say what a test is."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from pytest_recall_server.index.rules import Rules

Options = Mapping[str, object]

_TEXT_FILES = ("test*.txt",)
# Abbreviations that argparse would take are not followed.
_WITH_VALUE = ("-p", "--doctest-glob", "--import-mode")


class OptionReader:
    """Reads single options; remembers what was wrong with them."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.problems: list[str] = []

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return an option that is a list, or a text of words as a shell splits them."""
        value = self._options.get(name)
        match value:
            case None:
                return default
            case str():
                try:
                    return tuple(shlex.split(value, comments=True))
                except ValueError as error:
                    self.problems.append(f"The option {name} cannot be read: {error}")
                    return default
            case list():
                return tuple(str(word) for word in value)
            case _:
                self.problems.append(f"The option {name} is neither a text nor a list")
                return default

    def text(self, name: str, default: str) -> str:
        """Return an option that is a text."""
        value = self._options.get(name, default)
        return value if isinstance(value, str) else default

    def on_unless_off(self, name: str) -> bool:
        """Return an option that is true unless it says otherwise."""
        value = self._options.get(name, True)
        if isinstance(value, str):
            return value.lower() not in {"n", "no", "f", "false", "off", "0"}
        return bool(value)

    def on(self, name: str) -> bool:
        """Return an option that is false unless it says otherwise."""
        return name in self._options and self.on_unless_off(name)


def rules_of(reader: OptionReader) -> Rules:
    """Return the options that name tests, and those that change ids."""
    arguments = list(_with_values(reader.words("addopts", ())))
    plugins = tuple(value for name, value in arguments if name == "-p")
    globs = tuple(value for name, value in arguments if name == "--doctest-glob")
    doctests = "no:doctest" not in plugins
    # By other modes of importing, modules have other names, and their doctests have too.
    plain = reader.on("consider_namespace_packages") is False and not any(
        name == "--import-mode" and value == "importlib" for name, value in arguments
    )
    return Rules(
        classes=reader.words("python_classes", ("Test",)),
        functions=reader.words("python_functions", ("test",)),
        imported=reader.on_unless_off("collect_imported_tests"),
        strict_ids=reader.on("strict") or reader.on("strict_parametrization_ids"),
        escaped=not reader.on(
            "disable_test_id_escaping_and_forfeit_all_rights_to_community_support"
        ),
        fixtures=reader.words("usefixtures", ()),
        plugins=tuple(name for name in plugins if not name.startswith("no:")),
        doctest_modules=doctests and plain and ("--doctest-modules", "") in arguments,
        doctest_files=(globs or _TEXT_FILES) if doctests else (),
    )


def _with_values(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the options among *words* with their values, which are empty for those without."""
    waiting: str | None = None
    for word in words:
        if waiting is not None:
            yield waiting, word
            waiting = None
        elif word in _WITH_VALUE:
            waiting = word
        elif word.startswith("-p") and len(word) > len("-p"):
            yield "-p", word.removeprefix("-p")
        else:
            name, _, value = word.partition("=")
            yield name, value
