from __future__ import annotations

import ast

import pytest

from pytest_recall_server.index.parse import parse
from pytest_recall_server.model.outline import Module, SourceError


@pytest.mark.parametrize("source", ["x = " + "-" * 100_000 + "1", "(" * 50_000 + ")" * 50_000])
def test_what_is_nested_too_deeply_is_a_file_with_an_error(source: str) -> None:
    found = parse(source)

    assert isinstance(found, SourceError)
    assert found.line == 0


def test_a_parse_that_another_thread_has_upset_is_done_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, calls = ast.parse, []

    def upset_once(source: str) -> ast.Module:
        calls.append(source)
        if len(calls) == 1:
            raise SystemError("AST constructor recursion depth mismatch (before=147, after=167)")
        return real(source)

    monkeypatch.setattr(ast, "parse", upset_once)

    assert isinstance(parse("def test_one(): pass"), Module)
    assert len(calls) == 2
