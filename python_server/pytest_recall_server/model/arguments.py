"""Which of pytest's arguments leave it at what it collects by itself, and in that order."""

from __future__ import annotations

from collections.abc import Iterable

_PLAIN = frozenset(
    (
        *("--verbose", "--quiet", "--showlocals", "--no-showlocals", "--full-trace", "--exitfirst"),
        *("--disable-warnings", "--disable-pytest-warnings", "--no-header", "--no-summary"),
        *("--strict", "--strict-config", "--strict-markers", "--runxfail", "--no-fold-skipped"),
        *("--setup-show", "--trace-config", "--doctest-modules", "--cache-clear"),
        *("--doctest-ignore-import-errors", "--doctest-continue-on-failure", "--no-cov"),
    )
)
"""Options without a value."""
_VALUED = frozenset(
    (
        *("--tb", "--color", "--code-highlight", "--capture", "--show-capture", "--verbosity"),
        *("--durations", "--durations-min", "--maxfail", "--junitxml", "--junit-xml", "--assert"),
        *("--junitprefix", "--junit-prefix", "--basetemp", "--pythonwarnings", "--xfail-tb"),
        *("--import-mode", "--doctest-glob", "--doctest-report", "--log-level", "--log-file"),
        *("--log-cli-level", "--log-format", "--log-cli-format", "--log-file-level"),
        *("--cov", "--cov-report", "--cov-config", "--cov-fail-under", "-p", "-W"),
    )
)
"""Options with a value, behind ``=`` or as the next word."""
_LETTERS = frozenset("vqslx")


def leave_all(words: Iterable[str]) -> bool:
    """Tell whether arguments neither choose tests nor change their order, as far as is known."""
    waiting = False
    for word in words:
        name, equals, _ = word.partition("=")
        if waiting:
            waiting = False
        elif name in _VALUED:
            waiting = not equals
        elif not (word in _PLAIN or _are_plain_letters(word)):
            return False
    return True


def _are_plain_letters(word: str) -> bool:
    """Tell of short options: letters without a value, or one with its value."""
    if word.startswith(("-r", "-p", "-W")):
        return len(word) > len("-p")
    return len(word) > 1 and word[0] == "-" and _LETTERS.issuperset(word[1:])
