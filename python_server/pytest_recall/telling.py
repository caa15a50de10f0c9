"""Which arguments say where pytest's configuration is, or override it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """What arguments say of the configuration; paths and values are as they were given."""

    config_file: str = ""
    """`-c`."""
    rootdir: str = ""
    """`--rootdir`."""
    overrides: tuple[str, ...] = ()
    """Those of `-o`: `name=value`."""

    def arguments(self) -> list[str]:
        """Return the arguments that say this alone."""
        single = (("--config-file", self.config_file), ("--rootdir", self.rootdir))
        kept = [f"{name}={value}" for name, value in single if value]
        return [*kept, *(f"--override-ini={value}" for value in self.overrides)]


def told_by(arguments: Sequence[str]) -> Told:
    """Return what *arguments* of pytest say of the configuration; all others are passed over."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-c", "--config-file", default="")
    parser.add_argument("--rootdir", default="")
    parser.add_argument("-o", "--override-ini", action="append", default=[])
    found = parser.parse_known_args(list(arguments))[0]
    return Told(found.config_file, found.rootdir, tuple(found.override_ini))


def split(text: str) -> list[str]:
    """Return the arguments in *text* as a shell splits it, none if it cannot be split."""
    try:
        return shlex.split(text)
    except ValueError:
        return []
