"""Which tests a file has: those that parsing finds, the cache remembers or a run has collected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pytest_recall_server.model.facts import FileFacts, Memory
from pytest_recall_server.model.ids import SEPARATOR, ancestors_of, function_of


def single_tests(facts: FileFacts, memory: Memory) -> list[str]:
    """Return the ids of the tests that pytest would run one by one, as far as is known."""
    known = known_parameters(facts) if _matter(facts, memory) else {}
    found: list[str] = []
    for suffix, parameters in facts.flat.functions:
        function = facts.path + suffix
        if parameters == () and function not in known:
            found.append(function)
            continue
        ids = ids_of_function(function, parameters, known, facts, memory)
        found += ids or (function,)
    return found + _remembered(facts, memory, found)


def _matter(facts: FileFacts, memory: Memory) -> bool:
    """Tell whether known parameters may be others than those that parsing is certain of."""
    if facts.collected or memory.has_outstanding:
        return True
    return any(parameters is None for _, parameters in facts.flat.functions)


def known_parameters(facts: FileFacts) -> dict[str, list[str]]:
    """Return the known ids that have parameters, by the id of their function."""
    parameters: dict[str, list[str]] = {}
    for node_id in facts.known:
        if (function := function_of(node_id)) != node_id:
            parameters.setdefault(function, []).append(node_id)
    return parameters


def ids_of_function(
    function: str,
    parameters: Sequence[str] | None,
    known_ones: Mapping[str, Sequence[str]],
    facts: FileFacts,
    memory: Memory,
) -> Sequence[str]:
    """Return the ids of a function's parameters: parsed, remembered or collected."""
    known = known_ones.get(function, ())
    if parameters is None:
        return known
    parsed: Sequence[str] = [f"{function}[{each}]" for each in parameters]
    if not known and function not in facts.collected:
        return parsed
    collected = [] if facts.edited else [each for each in known if each in facts.collected]
    if facts.whole and not facts.edited and (collected or function in facts.collected):
        # A run has seen what a plugin made of it.
        parsed = collected
    standing = memory.has_outstanding
    outstanding = [each for each in known if memory.is_outstanding(each)] if standing else []
    if not collected and not outstanding:
        return parsed
    return list(dict.fromkeys((*parsed, *collected, *outstanding)))


def _remembered(facts: FileFacts, memory: Memory, found: Collection[str]) -> list[str]:
    """Return the tests that parsing does not see and that are shown nevertheless."""
    have = set(found)
    if all(map(have.__contains__, facts.known)):
        return []
    have.update(facts.path + suffix for suffix, _ in facts.flat.functions)
    rest = list(unseen(facts, memory, have))
    around = {ancestor for node_id in rest for ancestor in ancestors_of(node_id)}
    return [node_id for node_id in rest if node_id not in around]


def unseen(facts: FileFacts, memory: Memory, have: Collection[str]) -> Iterator[str]:
    """Yield the known ids that are not among those that parsing has found, and are believed in.

    *have*: the ids of all functions and parameters that there are.
    """
    flat, length = facts.flat, len(facts.path)
    certain = {facts.path + suffix for suffix, given in flat.functions if given is not None}
    for node_id in facts.known:
        if node_id in have or SEPARATOR not in node_id or node_id[length:] in flat.classes:
            continue
        if function_of(node_id) not in certain and _is_believed(node_id, facts, memory):
            yield node_id


def _is_believed(node_id: str, facts: FileFacts, memory: Memory) -> bool:
    """Tell whether a test that parsing does not see is shown."""
    return (
        facts.definitions is None
        or memory.is_outstanding(node_id)
        or node_id in facts.collected
        or any(above[len(facts.path) :] in facts.flat.open for above in ancestors_of(node_id))
    )
