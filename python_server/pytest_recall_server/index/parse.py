"""From source text to an outline, by ``ast``."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pytest_recall_server.index.doctests import doctests_of
from pytest_recall_server.index.marks import (
    arguments_of,
    assigned_marks,
    fixture_of,
    marks_of,
    together,
)
from pytest_recall_server.index.namespace import Namespace
from pytest_recall_server.index.syntax import tree_of
from pytest_recall_server.model.outline import (
    UNMARKED,
    Alias,
    Class,
    Function,
    Import,
    Module,
    SourceError,
    Span,
    Star,
)

_NOT_CALLABLE = {"fixture", "yield_fixture", "property", "cached_property", "setter"}
_MAKES_CONSTRUCTOR = {"dataclass", "attrs", "s", "define", "frozen", "mutable"}
_ABSTRACT = {"abstractmethod", "abstractproperty"}
_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def parse(source: str | bytes) -> Module | SourceError:
    """Return the outline of *source*, or why there is none."""
    try:
        tree = tree_of(source)
    except SyntaxError as error:
        return _source_error(source, error.msg or "invalid syntax", error.lineno or 1)
    except (ValueError, RecursionError, MemoryError) as error:
        return _source_error(source, str(error) or type(error).__name__, 1)
    text = _text_of(source)
    try:
        outline = _Reader(text.split("\n")).module(tree)
        found = doctests_of(tree, _blocks_of) if ">>>" in text else ()
    except RecursionError:
        return _source_error(source, "nested too deeply", 1)
    return replace(outline, doctests=found) if found else outline


def _text_of(source: str | bytes) -> str:
    if isinstance(source, bytes):
        # Only columns behind non-ASCII text on a last line depend on this.
        source = source.decode("utf-8", "replace")
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _source_error(source: str | bytes, message: str, line: int) -> SourceError:
    lines = _text_of(source).split("\n")
    line = min(max(line, 1), len(lines))
    return SourceError(
        message=f"SyntaxError: {message}", line=line - 1, statement=lines[line - 1].strip()
    )


def dotted(node: ast.expr) -> str:
    """Return the dotted name that *node* is, or an empty text."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            owner = dotted(value)
            return f"{owner}.{attribute}" if owner else ""
        case ast.Subscript(value=value):
            # `Base[int]` inherits from `Base`.
            return dotted(value)
        case _:
            return ""


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """Return the last words of the names of the decorators."""
    names = set()
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(dotted(called).rpartition(".")[2])
    return names


def _blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the bodies of a compound statement that run in the same namespace."""
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            if not _never(test):
                yield body
            yield orelse
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            # What a handler defines stands in for what the body could not: the body wins.
            for handler in handlers:
                yield handler.body
            yield from (body, orelse, final)
        case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.With(body=body):
            yield body


def _targets_of(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield what a compound statement itself assigns to."""
    match statement:
        case ast.For(target=target):
            yield target
        case ast.With(items=items):
            yield from (item.optional_vars for item in items if item.optional_vars)


def _never(test: ast.expr) -> bool:
    """Tell whether a condition is false when pytest imports the file."""
    if isinstance(test, ast.Constant):
        return not test.value
    if isinstance(test, ast.Compare):
        match test:
            case ast.Compare(
                left=ast.Name(id="__name__"),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value="__main__")],
            ):
                return True
    return dotted(test).rpartition(".")[2] == "TYPE_CHECKING"


class _Reader:
    """Reads statements; knows the lines, to count columns as LSP does."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._module = Namespace()

    def module(self, tree: ast.Module) -> Module:
        names = self._module
        self._body(tree.body, names)
        return Module(
            members=names.finished(),
            stars=tuple(names.stars),
            marked=names.marked,
            marks=names.marks(),
            plugins=names.plugins,
        )

    def _body(self, body: Iterable[ast.stmt], names: Namespace) -> None:
        for statement in body:
            if isinstance(statement, _BLOCKS):
                for target in _targets_of(statement):
                    names.rebound(target)
                names.depth += 1
                for block in _blocks_of(statement):
                    self._body(block, names)
                names.depth -= 1
            else:
                self._statement(statement, names)

    def _statement(self, node: ast.stmt, names: Namespace) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names.bind(self._function(node, names))
            case ast.ClassDef():
                names.bind(self._class(node, names))
            case ast.Import() | ast.ImportFrom():
                self._import(node, names)
            case ast.Assign(targets=[target], value=value):
                self._assign(target, value, names)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value, names)
            case ast.Delete(targets=targets):
                for target in targets:
                    names.unbind(dotted(target))
            case _:
                names.changed(node)

    def _assign(self, target: ast.expr, value: ast.expr, names: Namespace) -> None:
        match target, value:
            case ast.Name(id="__test__"), ast.Constant(value=bool(flag)):
                names.marked = flag
            case ast.Attribute(value=ast.Name(id=name), attr="__test__"), ast.Constant(
                value=bool(flag)
            ):
                names.flags[name] = flag
            case ast.Name(id="pytestmark"), _:
                names.mark(assigned_marks(value, names.scope()))
            case ast.Name(id="pytest_plugins"), _:
                names.plugins = _plugins(value)
            case ast.Name(id=name), ast.Lambda(args=arguments):
                names.bind(
                    Function(
                        name=name,
                        span=self._span(value),
                        arguments=arguments_of(arguments),
                    )
                )
            case ast.Name(id=name), ast.Name() | ast.Attribute():
                names.bind(Alias(name=name, span=self._span(target), target=dotted(value)), value)
            case ast.Name(id=name), _:
                # Another value takes the place of what had the name, in base classes too.
                names.bind(Alias(name=name, span=self._span(target), target=""), value)

    def _import(self, node: ast.Import | ast.ImportFrom, names: Namespace) -> None:
        span = self._span(node)
        for item in node.names:
            if isinstance(node, ast.Import):
                module, attribute, level = item.name, None, 0
                if item.asname is None:
                    # `import a.b` binds `a`.
                    module = item.name.partition(".")[0]
            else:
                module, attribute, level = node.module or "", item.name, node.level
            if attribute == "*":
                names.stars.append(Star(module=module, level=level))
                continue
            name = item.asname or attribute or module
            names.bind(
                Import(name=name, span=span, module=module, attribute=attribute, level=level)
            )

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: Namespace) -> Function:
        decorators = _decorators(node)
        arguments = arguments_of(node.args)
        bound = names is not self._module and "staticmethod" not in decorators
        if bound and not node.args.posonlyargs:
            arguments = arguments[1:]
        fixture = fixture_of(node)
        return Function(
            name=node.name,
            span=self._span(node),
            callable=not decorators & _NOT_CALLABLE,
            abstract=bool(decorators & _ABSTRACT),
            arguments=arguments,
            marks=UNMARKED if fixture else marks_of(node.decorator_list, names.scope()),
            fixture=fixture,
            source=self._source(node),
        )

    def _source(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        """Return a checksum of the lines of a function and its decorators, which is never 0."""
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
        text = "\n".join(self._lines[first : node.end_lineno])
        return zlib.crc32(text.encode("utf-8", "surrogatepass")) or 1

    def _class(self, node: ast.ClassDef, outer: Namespace) -> Class:
        names = Namespace(self._module, f"{outer.name}.{node.name}".lstrip("."))
        self._body(node.body, names)
        constructor = not names.members.keys().isdisjoint({"__init__", "__new__"})
        return Class(
            name=node.name,
            span=self._span(node),
            bases=tuple(outer.qualified(dotted(base)) for base in node.bases),
            members=names.finished(),
            constructor=constructor or bool(_decorators(node) & _MAKES_CONSTRUCTOR),
            abc=any(
                keyword.arg == "metaclass" and dotted(keyword.value).endswith("ABCMeta")
                for keyword in node.keywords
            ),
            marked=names.marked,
            # `pytestmark` in the body comes first, decorators are added to it.
            marks=together([names.marks(), marks_of(node.decorator_list, outer.scope())]),
        )

    def _span(self, node: ast.stmt | ast.expr) -> Span:
        end_line = (node.end_lineno or node.lineno) - 1
        return Span(
            line=node.lineno - 1,
            column=self._column(node.lineno - 1, node.col_offset),
            end_line=end_line,
            end_column=self._column(end_line, node.end_col_offset or 0),
        )

    def _column(self, line: int, offset: int) -> int:
        """Translate an offset in UTF-8 bytes to UTF-16 code units."""
        text = self._lines[line] if line < len(self._lines) else ""
        if text.isascii():
            return offset
        before = text.encode("utf-8")[:offset].decode("utf-8", "replace")
        return len(before.encode("utf-16-le")) // 2


def _plugins(value: ast.expr) -> tuple[str, ...]:
    match value:
        case ast.Constant(value=str(name)):
            return (name,)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(
                each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
                for each in elements
            )
        case _:
            return ("",)
