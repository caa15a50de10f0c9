"""From source text to an outline, by ``ast``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import attrs

from pytest_recall_server.model.outline import (
    Alias,
    Class,
    Function,
    Import,
    Member,
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
        tree = ast.parse(source)
    except SyntaxError as error:
        return _source_error(source, error.msg or "invalid syntax", error.lineno or 1)
    except (ValueError, RecursionError, MemoryError) as error:
        return _source_error(source, str(error) or type(error).__name__, 1)
    lines = _text_of(source).split("\n")
    reader = _Reader(lines)
    try:
        return reader.module(tree)
    except RecursionError:
        return _source_error(source, "nested too deeply", 1)


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


class _Namespace:
    """The members of a module or class body, in the order their names first appeared."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.stars: list[Star] = []
        self.marked: bool | None = None
        self.flags: dict[str, bool] = {}

    def finished(self) -> tuple[Member, ...]:
        return tuple(self._flagged(member) for member in self.members.values())

    def _flagged(self, member: Member) -> Member:
        flag = self.flags.get(member.name)
        if flag is not None and isinstance(member, Function | Class):
            return attrs.evolve(member, marked=flag)
        return member


class _Reader:
    """Reads statements; knows the lines, to count columns as LSP does."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def module(self, tree: ast.Module) -> Module:
        names = _Namespace()
        self._body(tree.body, names)
        return Module(members=names.finished(), stars=tuple(names.stars), marked=names.marked)

    def _body(self, body: Iterable[ast.stmt], names: _Namespace) -> None:
        for statement in body:
            if isinstance(statement, _BLOCKS):
                for block in _blocks_of(statement):
                    self._body(block, names)
            else:
                self._statement(statement, names)

    def _statement(self, node: ast.stmt, names: _Namespace) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names.members[node.name] = self._function(node)
            case ast.ClassDef():
                names.members[node.name] = self._class(node)
            case ast.Import() | ast.ImportFrom():
                self._import(node, names)
            case ast.Assign(targets=[target], value=value):
                self._assign(target, value, names)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value, names)
            case ast.Delete(targets=targets):
                for target in targets:
                    names.members.pop(dotted(target), None)
            case _:
                pass

    def _assign(self, target: ast.expr, value: ast.expr, names: _Namespace) -> None:
        match target, value:
            case ast.Name(id="__test__"), ast.Constant(value=bool(flag)):
                names.marked = flag
            case ast.Attribute(value=ast.Name(id=name), attr="__test__"), ast.Constant(
                value=bool(flag)
            ):
                names.flags[name] = flag
            case ast.Name(id=name), ast.Lambda():
                names.members[name] = Function(name=name, span=self._span(value))
            case ast.Name(id=name), ast.Name() | ast.Attribute():
                names.members[name] = Alias(
                    name=name, span=self._span(target), target=dotted(value)
                )
            case ast.Name(id=name), _:
                # Another value takes the place of what had the name, in base classes too.
                names.members[name] = Alias(name=name, span=self._span(target), target="")

    def _import(self, node: ast.Import | ast.ImportFrom, names: _Namespace) -> None:
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
            names.members[name] = Import(
                name=name, span=span, module=module, attribute=attribute, level=level
            )

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
        decorators = _decorators(node)
        return Function(
            name=node.name,
            span=self._span(node),
            callable=not decorators & _NOT_CALLABLE,
            abstract=bool(decorators & _ABSTRACT),
        )

    def _class(self, node: ast.ClassDef) -> Class:
        names = _Namespace()
        self._body(node.body, names)
        constructor = not names.members.keys().isdisjoint({"__init__", "__new__"})
        return Class(
            name=node.name,
            span=self._span(node),
            bases=tuple(dotted(base) for base in node.bases),
            members=names.finished(),
            constructor=constructor or bool(_decorators(node) & _MAKES_CONSTRUCTOR),
            abc=any(
                keyword.arg == "metaclass" and dotted(keyword.value).endswith("ABCMeta")
                for keyword in node.keywords
            ),
            marked=names.marked,
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
