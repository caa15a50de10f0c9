"""What a Python file defines, as far as finding tests is concerned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

DefinitionKind = Literal["class", "function"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A half-open stretch of a file."""

    line: int
    column: int
    end_line: int
    end_column: int


Doubt = Literal["generated", "escaped", "doubled", "shared"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """One ``parametrize``: which arguments it sets, and the ids it gives."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    indirect: tuple[str, ...] = ()
    """Those of the names that are fixtures, which get the values."""
    doubts: tuple[Doubt, ...] = ()
    """What may change them: hooks (ids made from values), options (escapes, numbers of equal ids).

    And being shared: where ``ids`` is given, pytest makes the ids of each test after the first
    of those of the test before, and escapes and numbers them once more.
    """
    scope: str = ""
    """How long the values live, as the mark says; ``?`` where that is computed."""
    values: tuple[tuple[str, ...], ...] = ()
    """Texts that are equal where values are, a tuple for each id and one text for each name.

    Left out where the values live as long as a test, which tells nothing of its order.  An empty
    text is for a value that parsing does not know, ``?`` for one without a hash.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What the marks on a function, class or module mean for the ids of tests, and their names."""

    parameters: tuple[Parameters, ...] = ()
    """In the order in which pytest applies them."""
    fixtures: tuple[str, ...] = ()
    """Those of ``usefixtures``."""
    certain: bool = True
    """False: there are marks or decorators that parsing cannot look into."""
    names: tuple[str, ...] = ()
    """What the marks are called, whatever they mean (``slow`` of ``pytest.mark.slow``)."""

    @property
    def plain(self) -> bool:
        """Tell whether they certainly mean nothing for the ids of tests."""
        return self.certain and not self.parameters and not self.fixtures

    def uncertain(self) -> Marks:
        """Return the marks of which nothing but the names is to be relied on."""
        return Marks(certain=False, names=self.names)


UNMARKED = Marks()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fixture:
    """What makes a function a fixture."""

    name: str
    """Empty: it is computed."""
    params: bool
    """It has, or may have, parameters."""
    autouse: bool
    scope: str = "function"
    """How long its value lives; ``?`` where that is computed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Doctest:
    """A docstring with examples."""

    name: str
    """Dotted; what follows the name of the module, empty for the module's own docstring."""
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function or method."""

    name: str
    span: Span
    callable: bool = True
    """False for fixtures and properties: their names do not make them tests."""
    abstract: bool = False
    marked: bool | None = None
    """Its literal ``__test__`` attribute."""
    arguments: tuple[str, ...] = ()
    """Those without a default; of a method without the first, where it is bound."""
    marks: Marks = UNMARKED
    fixture: Fixture | None = None
    source: int = 0
    """A checksum of its source text with its decorators; 0: not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Class:
    """A class."""

    name: str
    span: Span
    bases: tuple[str, ...]
    """Dotted names; an empty text for a base that is no name."""
    members: tuple[Member, ...]
    constructor: bool
    """It defines ``__init__`` or ``__new__``, itself or by a decorator such as ``dataclass``."""
    abc: bool = False
    """Its metaclass is ``ABCMeta``."""
    marked: bool | None = None
    marks: Marks = UNMARKED


@dataclass(frozen=True, kw_only=True, slots=True)
class Alias:
    """A second name for something."""

    name: str
    span: Span
    target: str
    """A dotted name; empty for a value that parsing does not know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """A name that comes from another module."""

    name: str
    span: Span
    module: str
    attribute: str | None
    """None: the name is the module itself."""
    level: int
    """Leading dots."""


Member = Function | Class | Alias | Import


@dataclass(frozen=True, kw_only=True, slots=True)
class Star:
    """``from module import *``."""

    module: str
    level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """A file."""

    members: tuple[Member, ...]
    stars: tuple[Star, ...] = ()
    marked: bool | None = None
    marks: Marks = UNMARKED
    plugins: tuple[str, ...] = ()
    """Modules in ``pytest_plugins``; an empty text for what is computed."""
    doctests: tuple[Doctest, ...] = ()
    _by_name: dict[str, Member] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        by_name = {member.name: member for member in self.members}
        object.__setattr__(self, "_by_name", by_name)

    def member(self, name: str) -> Member | None:
        """Return what *name* is in the file."""
        return self._by_name.get(name)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceError:
    """Why a file could not be parsed."""

    message: str
    line: int
    statement: str
    """The text of the line, stripped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lasting:
    """A parameter whose values live longer than a test: pytest groups tests by them."""

    name: str
    scope: str
    """``session``, ``package``, ``module`` or ``class``."""
    values: tuple[str, ...]
    """Texts that are equal where the values are, one for each of the test's ids."""
    places: tuple[int, ...]
    """Numbers of a fixture's values, else of the tests, by which older versions of pytest group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A class or function that pytest would collect."""

    name: str
    kind: DefinitionKind
    span: Span
    open: bool = False
    """A class with a base that could not be looked into: it may have further tests."""
    children: tuple[Definition, ...] = ()
    parameters: tuple[str, ...] | None = None
    """The ids of a function's parameters, without brackets; None: parsing is not certain.

    An empty tuple says that the function certainly has no parameters.
    """
    source: int = 0
    """A checksum of the source text of a function with its decorators; 0: not known."""
    since: int = 0
    """When it was found to be so: nanoseconds since the epoch; 0: not known."""
    lasting: tuple[Lasting, ...] | None = ()
    """Its parameters that live longer than a test, in pytest's order; None: not certain."""
    marks: tuple[str, ...] = ()
    """The names of the marks on a function, its classes and its module, sorted."""


def spans_of(items: Iterable[Definition], owner: str = "") -> dict[str, Span]:
    """Return where classes and functions are, by what follows the path in their ids."""
    found: dict[str, Span] = {}
    for item in items:
        own = f"{owner}::{item.name}"
        found[own] = item.span
        found.update(spans_of(item.children, own))
    return found
