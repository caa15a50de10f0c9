"""Outlines and definitions as JSON values, and back.

What comes back is checked no further than its use needs; whoever decodes catches ``MALFORMED``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pytest_recall_server.model.flat import Flat, Parametrised
from pytest_recall_server.model.outline import (
    UNMARKED,
    Alias,
    Class,
    Definition,
    Doctest,
    Fixture,
    Function,
    Import,
    Lasting,
    Marks,
    Member,
    Module,
    Parameters,
    SourceError,
    Span,
    Star,
)

Json = Any  # the shape of what a file holds is what decoding finds out
_CLASS_VALUES = 7
_OPEN, _CHILDREN = 5, 6
_PARAMETERS, _SINCE, _MARKS = 5, 7, 9
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


def encode_definitions(items: Sequence[Definition]) -> Json:
    """Return *items* as a list: classes have seven values, functions ten."""
    return [
        [item.name, *_span(item.span), item.open, encode_definitions(item.children)]
        if item.kind == "class"
        else [
            *(item.name, *_span(item.span), item.parameters, item.source, item.since),
            *(_encode_lasting(item.lasting), item.marks),
        ]
        for item in items
    ]


def _encode_lasting(lasting: tuple[Lasting, ...] | None) -> Json:
    if lasting is None:
        return None
    return [[each.name, each.scope, each.values, each.places] for each in lasting]


def _decode_lasting(value: Json) -> tuple[Lasting, ...] | None:
    if value is None:
        return None
    return tuple(
        Lasting(
            name=_text(name),
            scope=_text(scope),
            values=_texts(values),
            places=tuple(map(_number, places)),
        )
        for name, scope, values, places in value
    )


def decode_definitions(values: Json) -> tuple[Definition, ...]:
    """Return what ``encode_definitions`` was given; raise one of ``MALFORMED``."""
    found = []
    for value in values:
        is_class = len(value) == _CLASS_VALUES
        if is_class:
            name, line, column, end_line, end_column, is_open, children = value
            inner = decode_definitions(children)
            parameters, source, since, lasting, marks = None, 0, 0, [], []
        else:
            name, line, column, end_line, end_column, parameters, *rest = value
            source, since, lasting, marks = rest
            is_open, inner = False, ()
        found.append(
            Definition(
                name=_text(name),
                kind="class" if is_class else "function",
                span=Span(
                    line=_number(line),
                    column=_number(column),
                    end_line=_number(end_line),
                    end_column=_number(end_column),
                ),
                open=is_open is True,
                children=inner,
                parameters=None if parameters is None else _texts(parameters),
                source=_number(source),
                since=_number(since),
                lasting=_decode_lasting(lasting),
                marks=_texts(marks),
            )
        )
    return tuple(found)


def decode_flat(values: Json) -> Flat:
    """Return what ``encode_definitions`` was given, without places: most need no more."""
    functions: list[Parametrised] = []
    classes: list[str] = []
    opened: list[str] = []
    since: dict[str, int] = {}
    marks: set[str] = set()

    def visit(owner: str, inside: Json) -> None:
        for value in inside:
            own = f"{owner}::{_text(value[0])}"
            if len(value) == _CLASS_VALUES:
                classes.append(own)
                if value[_OPEN] is True:
                    opened.append(own)
                visit(own, value[_CHILDREN])
            else:
                parameters = value[_PARAMETERS]
                functions.append((own, None if parameters is None else _texts(parameters)))
                if value[_MARKS]:
                    marks.update(_texts(value[_MARKS]))
                if value[_SINCE]:
                    since[own] = _number(value[_SINCE])

    visit("", values)
    return Flat(
        functions=tuple(functions),
        classes=frozenset(classes),
        open=frozenset(opened),
        since=since,
        marks=tuple(sorted(marks)),
    )


def encode_outline(outline: Module | SourceError) -> Json:
    """Return an outline, or why there is none, as a list or an object."""
    if isinstance(outline, SourceError):
        return {"message": outline.message, "line": outline.line, "statement": outline.statement}
    return [
        [_encode_member(member) for member in outline.members],
        [[star.module, star.level] for star in outline.stars],
        outline.marked,
        _encode_marks(outline.marks),
        outline.plugins,
        [[each.name, *_span(each.span)] for each in outline.doctests],
    ]


def decode_outline(value: Json) -> Module | SourceError:
    """Return what ``encode_outline`` was given; raise one of ``MALFORMED``."""
    if isinstance(value, dict):
        return SourceError(
            message=_text(value["message"]),
            line=_number(value["line"]),
            statement=_text(value["statement"]),
        )
    members, stars, marked, marks, plugins, doctests = value
    return Module(
        members=tuple(_decode_member(member) for member in members),
        stars=tuple(Star(module=_text(module), level=_number(level)) for module, level in stars),
        marked=_flag(marked),
        marks=_decode_marks(marks),
        plugins=_texts(plugins),
        doctests=tuple(
            Doctest(name=_text(name), span=_decode_span(span)) for name, *span in doctests
        ),
    )


def _encode_member(member: Member) -> Json:
    span = _span(member.span)
    match member:
        case Function():
            return [
                *("f", member.name, span, member.callable, member.abstract, member.marked),
                *(member.arguments, _encode_marks(member.marks), _encode_fixture(member.fixture)),
                member.source,
            ]
        case Class():
            return [
                *("c", member.name, span, member.bases),
                [_encode_member(inner) for inner in member.members],
                *(member.constructor, member.abc, member.marked, _encode_marks(member.marks)),
            ]
        case Alias():
            return ["a", member.name, span, member.target]
        case Import():
            return ["i", member.name, span, member.module, member.attribute, member.level]


def _decode_member(value: Json) -> Member:
    kind, name, span, *rest = value
    name, span = _text(name), _decode_span(span)
    match kind:
        case "f":
            is_callable, abstract, marked, arguments, marks, fixture, source = rest
            return Function(
                name=name,
                span=span,
                callable=is_callable is True,
                abstract=abstract is True,
                marked=_flag(marked),
                arguments=_texts(arguments),
                marks=_decode_marks(marks),
                fixture=_decode_fixture(fixture),
                source=_number(source),
            )
        case "c":
            bases, members, constructor, abc, marked, marks = rest
            return Class(
                name=name,
                span=span,
                bases=_texts(bases),
                members=tuple(_decode_member(member) for member in members),
                constructor=constructor is True,
                abc=abc is True,
                marked=_flag(marked),
                marks=_decode_marks(marks),
            )
        case "a":
            (target,) = rest
            return Alias(name=name, span=span, target=_text(target))
        case "i":
            module, attribute, level = rest
            return Import(
                name=name,
                span=span,
                module=_text(module),
                attribute=None if attribute is None else _text(attribute),
                level=_number(level),
            )
        case _:
            raise ValueError(f"unknown kind {kind!r}")


def _encode_marks(marks: Marks) -> Json:
    if marks == UNMARKED:
        return None
    parameters = [
        [each.names, each.ids, each.indirect, each.doubts, each.scope, each.values]
        for each in marks.parameters
    ]
    return [parameters, marks.fixtures, marks.certain, marks.names]


def _decode_marks(value: Json) -> Marks:
    if value is None:
        return UNMARKED
    parameters, fixtures, certain, names = value
    return Marks(
        parameters=tuple(
            Parameters(
                names=_texts(names),
                ids=_texts(ids),
                indirect=_texts(indirect),
                doubts=cast("Any", _texts(doubts)),
                scope=_text(scope),
                values=tuple(map(_texts, values)),
            )
            for names, ids, indirect, doubts, scope, values in parameters
        ),
        fixtures=_texts(fixtures),
        certain=certain is True,
        names=_texts(names),
    )


def _encode_fixture(fixture: Fixture | None) -> Json:
    if fixture is None:
        return None
    return [fixture.name, fixture.params, fixture.autouse, fixture.scope]


def _decode_fixture(value: Json) -> Fixture | None:
    if value is None:
        return None
    name, params, autouse, scope = value
    return Fixture(
        name=_text(name), params=params is True, autouse=autouse is True, scope=_text(scope)
    )


def _span(span: Span) -> list[int]:
    return [span.line, span.column, span.end_line, span.end_column]


def _decode_span(value: Json) -> Span:
    line, column, end_line, end_column = map(_number, value)
    return Span(line=line, column=column, end_line=end_line, end_column=end_column)


def _text(value: Json) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Json) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no number")
    return value


def _flag(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


def _texts(values: Json) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is no list")
    for value in values:
        if type(value) is not str:
            raise TypeError(f"{value!r} is no text")
    return tuple(values)
