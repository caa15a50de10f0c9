"""A base of our plugin objects that pytest registers quickly."""

from __future__ import annotations

from collections.abc import Iterable


class Hooks:
    """Shows pytest only its hooks: it looks at all that `dir` names, for hooks and for fixtures."""

    def __dir__(self) -> Iterable[str]:
        """Return the names of the hooks."""
        return [
            name for base in type(self).__mro__ for name in vars(base) if name.startswith("pytest_")
        ]
