"""Tell by parsing whether a test file can still define a function or method: no is a sure no.

Wherever names could come from anything but plain definitions, the answer is that it can.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Definition = ast.FunctionDef | ast.AsyncFunctionDef
Scope = ast.Module | ast.ClassDef

MAKES_NAMES = frozenset(
    {"globals", "locals", "vars", "setattr", "exec", "eval", "__import__", "currentframe"}
)
"""Functions whose use can define names where parsing does not see it."""

LEADS_TO_NAMES = frozenset(
    {"__dict__", "_getframe", "currentframe", "modules", "__init_subclass__"}
    | {"__getattr__", "__getattribute__", "__set_name__", "load_tests"}
)
"""Attributes and methods of which the same is true."""

WORTH_A_LOOK = re.compile(
    rb"\b(?:global|%s)\b" % "|".join(sorted(MAKES_NAMES | LEADS_TO_NAMES)).encode()
)
"""What stands in a file that uses one of these, or declares a name as global."""

HARMLESS_CALLS = (
    *("pytest.", "warnings.", "logging.", "logger.", "log.", "sys.path.", "os.environ."),
    *("print", "unittest.main", "sys.exit", "random.seed", "site."),
)
HARMLESS_DECORATORS = (
    *("pytest.", "mark.", "fixture", "staticmethod", "classmethod", "property", "functools."),
    *("mock.", "patch", "unittest.", "given", "settings", "hypothesis.", "contextlib."),
    *("dataclass", "dataclasses."),
)
"""Beginnings of what leaves the names around it alone."""

EMPTY_BASES = frozenset(
    {"object", "unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "abc.ABC", "ABC"}
    | {"TestCase", "IsolatedAsyncioTestCase", "Generic", "typing.Generic", "Protocol"}
)
"""Base classes without tests; those that could be others of that name are looked up first."""
FROM_LIBRARY = {"TestCase": "unittest", "IsolatedAsyncioTestCase": "unittest", "ABC": "abc"}


@dataclass
class Names:
    """What one scope (a module or a class body) binds."""

    functions: set[str] = field(default_factory=set)
    classes: dict[str, list[Class]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    """Names that are bound by anything but a definition."""
    decorated: set[str] = field(default_factory=set)
    """Definitions with a decorator that could bind names which begin like theirs."""
    imported: dict[str, str] = field(default_factory=dict)
    """Name → module it was imported from."""


@dataclass
class Class:
    """A class that is defined."""

    names: Names
    bases: tuple[str, ...]
    """Dotted names, `?` for anything else."""
    has_keywords: bool
    """Whether it has a metaclass or the like."""


class Definitions:
    """What a test file defines."""

    def __init__(self, source: bytes) -> None:
        """Parse *source*; raises SyntaxError, ValueError, RecursionError."""
        module = ast.parse(source)
        # Looking at every node costs more than parsing, so the text is asked first.
        nodes = list(ast.walk(module)) if WORTH_A_LOOK.search(source) else []
        self._globals = {
            name for node in nodes if isinstance(node, ast.Global) for name in node.names
        }
        self.is_opaque = any(map(_defines_unseen, nodes)) or _is_opaque(module)
        """Whether names could be defined in ways that parsing does not see."""
        # The tree itself is not kept: it is a hundred times as large.
        self._module = Names() if self.is_opaque else _names_in(module)

    def may_define(self, names: Sequence[str]) -> bool:
        """Tell whether a test with these *names* (classes, then the function) may be there."""
        if self.is_opaque or names[0] in self._globals:
            return True
        return self._may_define(self._module, names, ())

    def _may_define(self, bound: Names, names: Sequence[str], seen: tuple[int, ...]) -> bool:
        name, inner = names[0], names[1:]
        if name in bound.others or any(name.startswith(each) for each in bound.decorated):
            return True
        if name in bound.functions:
            # If there is more, it is a plugin's that makes tests of what a function holds.
            return True
        classes = bound.classes.get(name, [])
        return any(not inner or self._class_may_define(each, inner, seen) for each in classes)

    def _class_may_define(self, each: Class, names: Sequence[str], seen: tuple[int, ...]) -> bool:
        if each.has_keywords or id(each) in seen:
            return True
        if self._may_define(each.names, names, ()):
            return True
        return any(self._base_may_define(base, names, (*seen, id(each))) for base in each.bases)

    def _base_may_define(self, base: str, names: Sequence[str], seen: tuple[int, ...]) -> bool:
        classes = self._module.classes.get(base, [])
        if classes and base not in self._module.others:
            return any(self._class_may_define(each, names, seen) for each in classes)
        if base not in EMPTY_BASES or classes:
            return True
        library = FROM_LIBRARY.get(base)
        return library is not None and self._module.imported.get(base) != library


def _names_in(scope: Scope) -> Names:
    names = Names()
    for node in _in_scope(scope.body):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.functions.add(name)
            case ast.ClassDef(name=name, bases=bases, keywords=keywords):
                dotted = tuple(map(_base_name, bases))
                names.classes.setdefault(name, []).append(
                    Class(_names_in(node), dotted, bool(keywords))
                )
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                for alias in aliases:
                    name = (alias.asname or alias.name).partition(".")[0]
                    names.others.add(name)
                    names.imported[name] = getattr(node, "module", None) or ""
            case _:
                names.others.update(_bound_by(node))
        if isinstance(node, Definition | ast.ClassDef) and not _are_harmless(node.decorator_list):
            names.decorated.add(node.name)
    return names


def _base_name(base: ast.expr) -> str:
    return dotted_name(base.value if isinstance(base, ast.Subscript) else base)


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            pass


def _in_scope(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of *body* without what lies in functions, lambdas and classes."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.If) and _is_for_scripts(node.test):
            stack.extend(node.orelse)
        elif not isinstance(node, Definition | ast.ClassDef | ast.Lambda):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_for_scripts(test: ast.expr) -> bool:
    """Tell whether *test* is `__name__ == "__main__"`."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], ast.Eq)
    )


def _is_opaque(module: ast.Module) -> bool:
    """Tell whether code that runs on import may let somebody else define names."""
    nodes = [*_in_scope(module.body)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    for each in classes:
        inner = [*_in_scope(each.body)]
        classes += [node for node in inner if isinstance(node, ast.ClassDef)]
        nodes += inner
    names = {each.name for each in classes}
    return any(_hands_over(node, names) for node in nodes)


def _defines_unseen(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name):
            return name in MAKES_NAMES
        case ast.Attribute(attr=name) | ast.FunctionDef(name=name):
            return name in LEADS_TO_NAMES
        case _:
            return False


def _hands_over(node: ast.AST, classes: set[str]) -> bool:
    """Tell whether *node*, which runs with its scope, lets somebody else add or remove names."""
    match node:
        case ast.ImportFrom(names=aliases):
            return any(alias.name == "*" for alias in aliases)
        case ast.Expr(value=ast.Call(func=function)):
            return not dotted_name(function).startswith(HARMLESS_CALLS)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            given = {
                each.id
                for argument in (*arguments, *(keyword.value for keyword in keywords))
                for each in ast.walk(argument)
                if isinstance(each, ast.Name)
            }
            is_logger = dotted_name(function).endswith("getLogger")
            return bool(given & classes) or ("__name__" in given and not is_logger)
        case ast.Attribute(ctx=ast.Store()):
            return dotted_name(node).partition(".")[0] in classes
        case _:
            return False


def _are_harmless(decorators: list[ast.expr]) -> bool:
    return all(
        dotted_name(each.func if isinstance(each, ast.Call) else each).startswith(
            HARMLESS_DECORATORS
        )
        for each in decorators
    )


def dotted_name(node: ast.expr) -> str:
    """Return `a.b.c` for a name or its attributes, a text that is no name for all else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else "?"
