"""Test suites as values, and a strategy that makes them: every form that pytest collects."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from hypothesis import strategies as st
from tests.python.server.discovery.chances import rarely
from tests.python.server.discovery.configurations import Configuration, configurations
from tests.python.server.discovery.oddities import ODDITIES, REFUSED, UNITTESTS
from tests.python.server.discovery.parametrised import PRELUDE, Mark, marks

FOLDERS = (
    "",
    "tests",
    "",
    "tests",
    "tests/unit",
    "pkg",
    "pkg/deep",
    "büro",
    "te st[1]",
    "skip_me",
    "build",
)
FIXTURE = "given"
_HEIR = "class {}(B):\n    def test_own(self, **kw): pass\n"
_BASE = "class {}:\n    def test_inherited(self): pass\n    def test_other(self, given): pass\n"
_ASKED = (
    *((), (), (), ("tmp_path",), ("tmp_path", "capsys"), ("given",), ("renamed",), ("given",)),
    *(("renamed", "request"), (), ("many",), ("through",)),
)


@dataclass(frozen=True)
class Suite:
    """A project."""

    files: dict[str, str]
    folder: str
    """Where it is opened."""
    sure: frozenset[str] = field(default=frozenset())
    """Names of functions whose parameters parsing must be sure of."""
    parametrised: int = 0
    """How many functions have marks with parameters."""
    namespaces: bool = False
    """``consider_namespace_packages``."""


@dataclass
class _State:
    """What was made so far."""

    files: dict[str, str] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    number: int = 0
    parametrised: int = 0
    bases: list[tuple[str, str]] = field(default_factory=list)
    """(module, class) of what other files may inherit from."""
    doubtful: bool = False
    """Something makes all parameters uncertain."""

    def name(self, stem: str) -> str:
        self.number += 1
        return f"{stem}_{self.number}"


@st.composite
def suites(draw: st.DrawFn) -> Suite:
    """Return a suite."""
    state = _State()
    configuration = draw(configurations())
    state.doubtful = configuration.doubtful
    state.files.update(configuration.files)
    folders = draw(st.lists(st.sampled_from(FOLDERS), min_size=1, max_size=3, unique=True))
    packages = _packages(draw, state, folders)
    _conftests(draw, state, folders)
    for folder in folders:
        for _ in range(draw(st.integers(1, 2))):
            _module(draw, state, folder, configuration, packages)
    if draw(rarely(4)):
        state.files[_in(folders[0], draw(st.sampled_from(("test_text.txt", "notes.rst"))))] = draw(
            st.sampled_from((">>> 1 + 1\n2\n", "no example\n", "text\n\n>>> x = 1\n"))
        )
    # pytest itself cannot be started in a folder with brackets in its name.
    inner = folders[0] if folders[0] and "[" not in folders[0] else "."
    opened = draw(st.sampled_from((".", ".", ".", ".", inner)))
    # What is above the folder that is opened may be above the rootdir.
    certain = not state.doubtful and opened == "."
    sure = frozenset(state.sure if certain else ())
    return Suite(state.files, opened, sure, state.parametrised, configuration.namespaces)


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _packages(draw: st.DrawFn, state: _State, folders: list[str]) -> set[str]:
    packages = set()
    for folder in folders:
        if folder.isidentifier() or "/" in folder:
            if draw(st.booleans()):
                packages.add(folder)
                state.files[f"{folder}/__init__.py"] = ""
            if "/" in folder and folder in packages and draw(st.booleans()):
                packages.add(folder.partition("/")[0])
                state.files[f"{folder.partition('/')[0]}/__init__.py"] = ""
    return packages


def _conftests(draw: st.DrawFn, state: _State, folders: list[str]) -> None:
    lines = [
        "import pytest",
        "@pytest.fixture\ndef given(request): return getattr(request, 'param', None)",
        "@pytest.fixture(params=[1, 2])\ndef many(request): return request.param",
        "@pytest.fixture\ndef through(many): return many",
        "@pytest.fixture(name='renamed')\ndef _hidden(given): return given",
        "@pytest.fixture(autouse=True)\ndef always(tmp_path): pass",
    ]
    doubt = draw(st.integers(0, 19))
    if doubt == 19:
        lines.append("@pytest.fixture(autouse=True, params='ab')\ndef everywhere(request): pass")
    elif doubt == 18:
        lines.append("def pytest_generate_tests(metafunc): pass")
    elif doubt == 17:
        lines.append("def pytest_make_parametrize_id(config, val, argname): return None")
    state.doubtful = state.doubtful or doubt in {17, 18, 19}
    if draw(rarely(4)):
        lines.append("collect_ignore = ['test_skipped.py', 'skip_me']")
    if draw(rarely(4)):
        lines.append("collect_ignore_glob = ['*_skip.py', 'pkg/deep*']")
    state.files["conftest.py"] = "\n".join(lines) + "\n"
    if folders[0] and draw(rarely(3)):
        own = draw(
            st.sampled_from(
                (
                    "import pytest\n@pytest.fixture\ndef many(): return 1\n",
                    "import pytest\n@pytest.fixture\ndef given(given): return given\n",
                    "import pytest\n@pytest.fixture(params=[1])\ndef given(request): pass\n",
                    "import pytest\n@pytest.fixture\ndef many(many): return many\n",
                    "import pytest\n@pytest.fixture\ndef given(many): return many\n",
                    "collect_ignore: list[str] = []\n",
                )
            )
        )
        # Whoever asks for `given` there is no longer sure.
        state.doubtful = state.doubtful or "params" in own or "given(many" in own
        state.files[f"{folders[0]}/conftest.py"] = own


def _module(
    draw: st.DrawFn,
    state: _State,
    folder: str,
    configuration: Configuration,
    packages: set[str],
) -> None:
    stem = draw(st.sampled_from((*configuration.stems, "test_{}", "test_größe{}", "test_{}_skip")))
    name = stem.format(state.name("m")) + ".py"
    blocks = [PRELUDE]
    before = set(state.sure)
    if draw(rarely(6)):
        blocks.insert(0, '"""A module.\n\n>>> 1\n1\n"""\n')
    module_marks: list[Mark] = []
    if draw(rarely(10)):
        module_marks = [draw(marks("p"))]
        form = draw(st.sampled_from(("{}", "[{}]", "[slow, {}]")))
        blocks.append(f"pytestmark = {form.format(module_marks[0].call)}\n")
    if draw(rarely(3)) and state.bases:
        blocks.append(_inheriting(draw, state, module_marks))
    for _ in range(draw(st.integers(2, 6))):
        kind = draw(st.sampled_from(("function", "function", "class", "unittest", "odd")))
        match kind:
            case "function":
                blocks.append(_function(draw, state, configuration, module_marks))
            case "class":
                blocks.append(_class(draw, state, configuration, module_marks, depth=0))
            case "unittest":
                blocks.append(_unittest(draw, state))
            case _:
                blocks.append(_odd(draw, state, module_marks))
    state.files[_in(folder, name)] = "\n".join(blocks)
    if any("import *" in block for block in blocks):
        # What is imported by `*` may stand in the place of `str` and `int`.
        state.sure = before
    if not folder or folder not in packages:
        _base_module(draw, state, folder)


def _base_module(draw: st.DrawFn, state: _State, folder: str) -> None:
    """Write a module that the root's tests can import, with a class to inherit from."""
    if folder or draw(st.booleans()):
        return
    module, name = state.name("shared"), state.name("Base")
    text = _BASE.format(name)
    if draw(st.booleans()):
        text = f"import pytest\n@pytest.mark.parametrize('b', [1, 2])\n{text}".replace(
            "(self", "(self, b"
        )
    state.files[f"{module}.py"] = text
    state.bases.append((module, name))


def _inheriting(draw: st.DrawFn, state: _State, around: list[Mark]) -> str:
    if around:
        return ""
    module, base = draw(st.sampled_from(state.bases))
    name = state.name("TestHeir")
    return draw(
        st.sampled_from(
            (
                f"from {module} import {base} as B\n{_HEIR.format(name)}",
                f"import {module}\nclass {name}({module}.{base}): pass\n",
                f"from {module} import *\nclass {name}({base}, Plain): pass\n",
            )
        )
    ).replace("self, **kw", "self, b" if "(self, b" in state.files[f"{module}.py"] else "self")


def _function(
    draw: st.DrawFn,
    state: _State,
    configuration: Configuration,
    around: list[Mark],
    *,
    method: bool = False,
) -> str:
    stem = draw(st.sampled_from((*configuration.functions, "test", "test", "test_ünï")))
    name = state.name(stem)
    own = [
        draw(marks(letter, FIXTURE))
        for letter in "xyz"[: draw(st.sampled_from((0, 1, 1, 1, 1, 2, 3)))]
    ]
    lines = [f"@{mark.call}" for mark in own]
    if draw(rarely(6)):
        lines.insert(draw(st.integers(0, len(lines))), "@slow")
    asked = draw(st.sampled_from(_ASKED))
    if draw(rarely(10)):
        lines.append("@pytest.mark.usefixtures('given')")
    marked = [name for mark in (*own, *around) for name in mark.names]
    names = list(dict.fromkeys((*marked, *asked)))
    if len(set(marked)) != len(marked):
        # pytest refuses two marks with one argument.
        lines, names, marked, own = (
            [],
            list(asked),
            [name for mark in around for name in mark.names],
            [],
        )
        names = list(dict.fromkeys((*marked, *asked)))
    spelled = draw(st.sampled_from(("def", "def", "def", "async def")))
    first = ("self",) if method else ()
    lines.append(f"{spelled} {name}({', '.join((*first, *names))}): pass")
    if own or around:
        state.parametrised += 1
        # Marks with `ids` that several tests share escape them again for each.
        shared = around or method
        alone = not any("ids=" in mark.call for mark in (*own, *around)) or not shared
        if (
            alone
            and all(mark.sure for mark in (*own, *around))
            and not {"many", "through"} & {*asked}
        ):
            state.sure.add(name)
    return "\n".join(lines) + "\n"


def _class(
    draw: st.DrawFn,
    state: _State,
    configuration: Configuration,
    around: list[Mark],
    *,
    depth: int,
) -> str:
    name = state.name(draw(st.sampled_from((*configuration.classes, "Test", "Test", "Other"))))
    marked = draw(rarely(6))
    own = [draw(marks("k"))] if marked else []
    inner = [*own, *around]
    body = []
    inside = draw(st.booleans())
    if own and inside:
        body.append(f"pytestmark = [{own[0].call}]\n")
        decorators = ""
    else:
        decorators = "".join(f"@{mark.call}\n" for mark in own)
    body += [
        _function(draw, state, configuration, inner, method=True)
        for _ in range(draw(st.integers(1, 3)))
    ]
    if depth < 2 and draw(rarely(4)):
        body.append(_class(draw, state, configuration, inner, depth=depth + 1))
    if draw(rarely(8)):
        names = ", ".join(("self", *(each for mark in inner for each in mark.names)))
        body.append(f"def test_shadowed({names}): pass\ntest_shadowed = None\n")
    if draw(rarely(10)):
        body.append("def __init__(self): pass\n")
    text = f"{decorators}class {name}:\n" + textwrap.indent("\n".join(body), "    ")
    if not inner and draw(rarely(4)):
        heir = state.name("TestHeir")
        text += f"\n\nclass {heir}({name}):\n    def test_more(self): pass\n"
    return text


def _unittest(draw: st.DrawFn, state: _State) -> str:
    base = draw(st.sampled_from(("unittest.TestCase", "unittest.IsolatedAsyncioTestCase")))
    body = draw(st.sampled_from(UNITTESTS))
    spelled = "async def" if "Async" in base else "def"
    return f"class {state.name('Case')}({base}):\n{body.replace('DEF', spelled)}"


def _odd(draw: st.DrawFn, state: _State, around: list[Mark]) -> str:
    if around:
        return ""
    text = REFUSED if draw(rarely(30)) else draw(st.sampled_from(ODDITIES))
    return text.replace("NAME", state.name("test_odd"))
