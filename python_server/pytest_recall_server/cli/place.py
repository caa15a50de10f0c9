"""Where `import` and `export` work: the root and its cache directory, which need not be there."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from pytest_recall_server.errors import HumanError
from pytest_recall_server.index.config import Config, read_config
from pytest_recall_server.index.roots import find_roots


def config_of(options: argparse.Namespace) -> Config:
    """Return the root that `--rootdir` and `--cache-dir` name, or else the one pytest finds here.

    Raises ``HumanError``.
    """
    environment = dict(os.environ)
    if options.rootdir is not None and not options.rootdir.is_dir():
        raise HumanError(f"--rootdir: there is no directory {options.rootdir}")
    folder = os.getcwd() if options.rootdir is None else str(options.rootdir)
    rootdir = read_config(folder, environment).rootdir
    config = find_roots([folder], environment)[rootdir]
    if options.cache_dir is None:
        return config
    return replace(config, cache_dir=str(options.cache_dir))


def printable(text: str) -> str:
    """Return *text* with what would move the cursor or change colours as escapes."""
    return "".join(
        each
        if each.isprintable() or "\ud800" <= each <= "\udfff"
        else each.encode("unicode_escape").decode("ascii")
        for each in text
    )
