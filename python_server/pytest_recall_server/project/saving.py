"""What runs when files of a root were saved."""

from __future__ import annotations

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import relative_path
from pytest_recall_server.model.changed import Occasion, changed_tests, matters
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.project.history import History
from pytest_recall_server.project.tree import Tree


def chosen_of(
    selection: Selection, config: Config, history: History, tree: Tree
) -> Selection | None:
    """Return what is to be run by what is known now; None: nothing."""
    cache_dir = relative_path(config.rootdir, config.cache_dir)
    saved = [
        path for path in selection.files if tree.is_test_file(path) or matters(path, cache_dir)
    ]
    if not saved:
        return None
    occasion = Occasion(
        failed=history.failed(),
        new=tuple(tree.new_tests()),
        test_files=tuple(filter(tree.is_test_file, saved)),
    )
    return changed_tests(selection, occasion)
