"""Say of every difference between parsing and pytest which of those in docs/discovery.md it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.python.server.discovery.suites import Suite

from pytest_recall_server.model.ids import function_of, path_of


@dataclass(frozen=True)
class Parsed:
    """What parsing found."""

    files: tuple[str, ...]
    functions: dict[str, tuple[str, ...] | None]
    """Id of a function → its parameters, None where parsing is not certain."""

    def ids(self) -> list[str]:
        """Return the ids of tests, bare where parameters are not certain."""
        return [each for name in self.functions for each in self.ids_of(name)]

    def ids_of(self, function: str) -> list[str]:
        """Return the ids of one function."""
        parameters = self.functions[function]
        return [f"{function}[{each}]" for each in parameters] if parameters else [function]


@dataclass
class Explainer:
    """Compares; counts what explains the differences."""

    used: Counter[str] = field(default_factory=Counter)

    def faults(
        self, suite: Suite, parsed: Parsed, collected: tuple[str, ...], errors: tuple[str, ...]
    ) -> Iterator[str]:
        """Yield the differences that nothing explains."""
        by_function: dict[str, list[str]] = {}
        for node_id in collected:
            by_function.setdefault(function_of(node_id), []).append(node_id)
        for function, ids in by_function.items():
            if function not in parsed.functions and not self._is_doctest(function, suite):
                yield f"not found by parsing: {ids}"
        for function in parsed.functions:
            if function in by_function:
                yield from self._compared(suite, parsed, function, Counter(by_function[function]))
            elif not self._in_error(function, errors):
                yield f"not collected by pytest: {function}"

    def _compared(
        self, suite: Suite, parsed: Parsed, function: str, truth: Counter[str]
    ) -> Iterator[str]:
        parameters = parsed.functions[function]
        self.used["functions"] += 1
        if parameters is None:
            # "Parameters that are not certain"
            self.used["not certain"] += 1
            if function.rpartition("::")[2] in suite.sure:
                yield f"must be certain: {function}, of which pytest makes {[*truth]}"
            return
        self.used["certain parameters"] += bool(parameters)
        found = Counter(parsed.ids_of(function))
        if found != truth:
            yield f"{function}: not parsed {[*truth - found]}, not collected {[*found - truth]}"

    def _is_doctest(self, function: str, suite: Suite) -> bool:
        """Tell of "doctests where modules are imported by other names"."""
        path, _, name = function.partition("::")
        named = name.partition(".")[0] == path.rpartition("/")[2].removesuffix(".py")
        found = suite.namespaces and path.endswith(".py") and (named or "." in name)
        self.used["doctests by other names"] += found
        return found

    def _in_error(self, function: str, errors: tuple[str, ...]) -> bool:
        """Tell whether pytest could not collect a file or class: "files that fail"."""
        inside = any(function == each or function.startswith(f"{each}::") for each in errors)
        self.used["in a file or class that fails"] += inside
        return inside or path_of(function) in errors
