"""What lets pytest register our plugins quickly: it looks at all that `dir` names.

It looks at each name twice, for hooks and for fixtures, which costs more than the module to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Hooks:
    """A base of plugin objects; shows pytest only their hooks."""

    def __dir__(self) -> Iterable[str]:
        """Return the names of the hooks."""
        return [name for base in type(self).__mro__ for name in hooks_in(vars(base))]


def hooks_in(namespace: Mapping[str, object]) -> list[str]:
    """Return the names of the hooks in *namespace*, that of a class or of a module."""
    return [name for name in namespace if name.startswith("pytest_")]
