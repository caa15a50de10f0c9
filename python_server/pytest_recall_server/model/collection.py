"""Read the reason of a collection error out of its long report, where the journal names none."""

from __future__ import annotations

import re
from dataclasses import replace

from pytest_recall_server.model.results import Place, Result

_REASON = re.compile(r"^E\s+(\S.*)$", re.MULTILINE)
_ENTRY = re.compile(r"^(\S.*?):(\d+): in .*\n\s+(\S.*)$", re.MULTILINE)
_SYNTAX = re.compile(r'^E\s+File "(.+?)", line (\d+)\n(?:E\s+(\S.*)$)?', re.MULTILINE)


def explained(error: Result) -> Result:
    """Return *error* with the exception's last word, and the line of the file that raised it."""
    report = error.longrepr
    if report is None or error.place is not None:
        return error
    reasons = _REASON.findall(report)
    message = reasons[-1] if reasons else error.message
    path = error.id.partition("::")[0]
    for name, line, statement in [*_ENTRY.findall(report), *_SYNTAX.findall(report)][::-1]:
        # Traceback entries are relative to where pytest was started, or absolute.
        if name == path or name.endswith("/" + path) or path.endswith("/" + name):
            place = Place(path=path, line=int(line) - 1)
            return replace(error, message=message, place=place, statement=statement or None)
    return replace(error, message=message)
