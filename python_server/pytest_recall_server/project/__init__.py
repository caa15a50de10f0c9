"""The one mutable owner of all that is known of a root: ``Project``."""

from __future__ import annotations

from pytest_recall_server.project.listener import Listener
from pytest_recall_server.project.project import Project

__all__ = ["Listener", "Project"]
