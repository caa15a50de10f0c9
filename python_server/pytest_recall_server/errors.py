"""All exceptions of the server.

* ``RecallError``: the base class
  * ``HumanError``: its text is a sentence for people
    * ``UnknownRootError``: a message names a root that is not there
    * ``ConfigError``: a configuration file that cannot be read
"""

from __future__ import annotations


class RecallError(Exception):
    """The base class of the server's own exceptions."""


class HumanError(RecallError):
    """An error whose text is a sentence for people."""


class UnknownRootError(HumanError):
    """A message names a root that is not there."""


class ConfigError(HumanError):
    """A configuration file cannot be read."""
