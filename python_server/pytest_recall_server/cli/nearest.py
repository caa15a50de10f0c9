"""Which known ids are near to one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from pytest_recall_server.model.ids import function_of, names_of, path_of

_MOST = 3
_LIKE = 0.6
_MANY = 2000
"""More texts than these are not compared letter by letter."""


def nearest(asked: str, known: Collection[str]) -> list[str]:
    """Return up to three of the *known* ids that people may have meant by *asked*."""
    names = names_of(asked)
    same_name = [each for each in known if names and names_of(each)[-1:] == names[-1:]]
    same_path = [each for each in known if path_of(each) == path_of(asked)]
    # Functions stand for their parameters: there are fewer of them.
    functions = dict.fromkeys(map(function_of, same_path or known))
    alike = difflib.get_close_matches(asked, [*functions][:_MANY], _MOST, _LIKE)
    return list(dict.fromkeys((*alike, *same_name, *same_path[:1])))[:_MOST]
