"""Messages to JSON and back: camelCase members, strict types, unknown members ignored.

The only module of the server in which ``Any`` may stand: JSON is made of it.
"""

from __future__ import annotations

# ruff: noqa: ANN401 # JSON may be anything
import reprlib
from collections.abc import Callable
from typing import Any, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

T = TypeVar("T")


def camel_case(name: str) -> str:
    """Return the name that a member has on the wire."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def make_converter() -> Converter:
    """Return a converter for the messages in ``protocol.py``."""
    # Members that have their default are left out, as TypeScript's optional members are.
    converter = Converter(omit_if_default=True)
    converter.register_structure_hook_factory(attrs.has, lambda cls: _structure(cls, converter))
    converter.register_unstructure_hook_factory(attrs.has, lambda cls: _unstructure(cls, converter))
    converter.register_structure_hook_factory(_is_list, lambda kind: _list(kind, converter))
    converter.register_structure_hook(type(None), _nothing)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(float, _a_number)
    return converter


def _overrides(cls: type[Any]) -> dict[str, Any]:
    resolved = attrs.resolve_types(cls)
    return {item.name: override(rename=camel_case(item.name)) for item in attrs.fields(resolved)}


def _structure(cls: type[T], converter: Converter) -> Callable[[Any, Any], T]:
    return make_dict_structure_fn(cls, converter, **_overrides(cls))


def _unstructure(cls: type[T], converter: Converter) -> Callable[[T], dict[str, Any]]:
    return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **_overrides(cls))


def _is_list(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is list


def _list(kind: Any, converter: Converter) -> Callable[[Any, Any], list[Any]]:
    (inner,) = get_args(kind)

    def structure(value: Any, _: Any) -> list[Any]:
        # A text has members too, and is no list of them.
        if not isinstance(value, list):
            raise TypeError(f"expected a list, not {reprlib.repr(value)}")
        return [converter.structure(each, inner) for each in value]

    return structure


def _exactly(kind: type[T]) -> Callable[[Any, Any], T]:
    def structure(value: Any, _: Any) -> T:
        # True is an int to Python, not to JSON.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"expected {kind.__name__}, not {reprlib.repr(value)}")
        return value

    return structure


def _nothing(value: Any, _: Any) -> None:
    # Clients send null, or an empty object, or leave the params out.
    del value


def _a_number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, not {reprlib.repr(value)}")
    return float(value)
