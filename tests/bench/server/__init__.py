"""The server beside `pytest --collect-only`: time to the tree, to an edit, to a changed file."""
