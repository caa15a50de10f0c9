"""The doctests of a module or text file, found as ``doctest`` finds them, without importing."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Callable, Iterable, Iterator

from pytest_recall_server.model.outline import Doctest, Span

_MARK = ">>>"
_Holder = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Blocks = Callable[[ast.stmt], Iterator[list[ast.stmt]]]
_parser = doctest.DocTestParser()


def has_examples(text: str) -> bool:
    """Tell whether *text* holds anything that doctest would run."""
    try:
        return _MARK in text and bool(_parser.get_examples(text))
    except ValueError:
        # pytest reports this as an error of the file.
        return False


def first_line(text: str) -> int:
    """Return the 0-based line of the first example of *text*."""
    return _parser.get_examples(text)[0].lineno


def doctests_of(tree: ast.Module, blocks: Blocks) -> tuple[Doctest, ...]:
    """Return the docstrings with examples, sorted by name as doctest sorts them.

    *blocks* yields the bodies of a compound statement that run in the same namespace.
    """
    return tuple(sorted(_found(tree, "", blocks), key=lambda each: each.name))


def _found(holder: _Holder, name: str, blocks: Blocks) -> Iterator[Doctest]:
    text = ast.get_docstring(holder, clean=False)
    if text is not None and has_examples(text):
        yield Doctest(name=name, span=_span(holder.body[0]))
    if isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    inner = {node.name: node for node in _definitions(holder.body, blocks)}
    for own, node in inner.items():
        yield from _found(node, f"{name}.{own}" if name else own, blocks)


def _definitions(
    body: Iterable[ast.stmt], blocks: Blocks
) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement
        else:
            for block in blocks(statement):
                yield from _definitions(block, blocks)


def _span(node: ast.stmt) -> Span:
    end_line = (node.end_lineno or node.lineno) - 1
    return Span(line=node.lineno - 1, column=0, end_line=end_line, end_column=0)
