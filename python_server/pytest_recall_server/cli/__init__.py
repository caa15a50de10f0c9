"""The commands for the terminal: each asks what a root remembers, prints it, and ends."""

from __future__ import annotations
