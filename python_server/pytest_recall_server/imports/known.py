"""The tests of this project, to look up what a source calls them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_recall_server.imports.addresses import Address, addresses_of, may_be_escaped
from pytest_recall_server.model.ids import SEPARATOR, function_of, split_parameters

# What `--dist loadgroup` puts behind an id.
_GROUP = re.compile(r"@[^@\]]*$")
# unittest-xml-reporting puts a subtest's description behind the name, which itself has no spaces.
_SUBTEST = re.compile(r"(?P<name>\w+) [\[(]")


@dataclass(frozen=True, slots=True)
class Answer:
    """The tests that a name may stand for."""

    ids: tuple[str, ...] = ()
    certain: bool = True
    """False: even if it is one, the name may mean another that is not known."""


NONE = Answer()


class KnownTests:
    """Every test that parsing, the cache or a run knows."""

    def __init__(
        self,
        functions: Mapping[str, Sequence[str] | None],
        collectors: Iterable[str],
        remembered: Iterable[str],
    ) -> None:
        """Take what there is.

        *functions*: function → parameters, without brackets; None where parsing cannot tell.
        *collectors*: files and classes.  *remembered*: ids out of the cache and journals.
        """
        self._functions = dict(functions)
        self._collectors = frozenset(collectors)
        self._parameters: dict[str, list[str]] = {}
        self._ids: set[str] = set()
        for function, parameters in functions.items():
            if parameters == ():
                self._ids.add(function)
            for each in parameters or ():
                self._add_parameter(function, f"{function}[{each}]")
        for node_id in remembered:
            self._remember(node_id)
        self._by_address: dict[Address, list[str]] = {}
        self._by_tail: dict[str, list[str]] = {}
        for node_id in {*self._ids, *self._functions, *self._collectors}:
            for address in addresses_of(node_id):
                self._by_address.setdefault(address, []).append(node_id)
        for node_id in (*self._functions, *self._collectors):
            self._by_tail.setdefault(_tail(node_id), []).append(node_id)

    def _add_parameter(self, function: str, node_id: str) -> None:
        if node_id not in self._ids:
            self._ids.add(node_id)
            self._parameters.setdefault(function, []).append(node_id)

    def _remember(self, node_id: str) -> None:
        function = function_of(node_id)
        if function != node_id:
            self._functions.setdefault(function, None)
            self._add_parameter(function, node_id)
        elif SEPARATOR in node_id and not self._functions.get(node_id, ()):
            # One that has parameters by now is known by these.
            self._functions.setdefault(node_id, None)
            if node_id not in self._collectors:
                self._ids.add(node_id)

    @property
    def is_empty(self) -> bool:
        """Tell whether no test is known at all."""
        return not self._functions

    def is_known(self, node_id: str) -> bool:
        """Tell whether *node_id* is the id of a test that was parsed, remembered or collected."""
        return node_id in self._ids

    def of_id(self, node_id: str, *, collects: bool = False) -> Answer:
        """Return the tests that *node_id* may stand for."""
        if collects or node_id in self._collectors:
            return Answer((node_id,)) if node_id in self._collectors else NONE
        if node_id in self._ids:
            return Answer((node_id,))
        function, parameters = split_parameters(node_id)
        if SEPARATOR in function and function in self._functions:
            return Answer((node_id,)) if parameters else self._without_parameters([function])
        group = _GROUP.search(node_id)
        return self.of_id(node_id[: group.start()]) if group else NONE

    def _without_parameters(self, functions: Sequence[str]) -> Answer:
        """Return the tests of functions that are named without parameters."""
        found = [each for one in functions for each in self._parameters.get(one, ())]
        # It has parameters by now: which of them is meant nobody can tell, not even of one.
        return Answer(tuple(found), certain=False) if found else Answer(tuple(functions))

    def of_address(self, address: Address, *, collects: bool = False) -> Answer:
        """Return the tests that *address* may stand for."""
        found = self._by_address.get(address, [])
        if collects:
            return Answer(tuple(each for each in found if each in self._collectors))
        exact = [each for each in found if each in self._ids]
        if exact:
            return Answer(tuple(exact))
        functions = [each for each in found if each in self._functions]
        if functions:
            return self._without_parameters(functions)
        classname, name = address
        head, bracket, rest = name.partition("[")
        if bracket and rest.endswith("]"):
            return self._with_parameters((classname, head), bracket + rest)
        if match := _SUBTEST.match(name):
            return self.of_address((classname, match["name"]))
        group = _GROUP.search(name)
        return self.of_address((classname, name[: group.start()])) if group else NONE

    def _with_parameters(self, address: Address, parameters: str) -> Answer:
        found = self._by_address.get(address, ())
        functions = [each for each in found if each in self._functions]
        built = tuple(function + parameters for function in functions)
        # What XML has no place for is spelled out: two ids may look alike.
        return Answer(built, certain=not may_be_escaped(parameters))

    def ending_like(self, node_id: str) -> Iterator[str]:
        """Yield functions and files whose ids end in the name that *node_id* ends in."""
        yield from self._by_tail.get(_tail(node_id), ())


def _tail(node_id: str) -> str:
    """Return the last name of an id: that of the function, or of the file."""
    function = function_of(node_id)
    return (
        function.rpartition(SEPARATOR)[2] if SEPARATOR in function else function.rpartition("/")[2]
    )
