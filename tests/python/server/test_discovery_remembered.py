"""What parsing told is remembered: a second start parses only what has changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write

from pytest_recall_server.index.config import read_config
from pytest_recall_server.index.discovery import Discovery
from pytest_recall_server.index.remembered import path_in
from pytest_recall_server.index.walk import walk
from pytest_recall_server.model.outline import Definition
from pytest_recall_server.project.indexing import Indexer

PROJECT = {
    "conftest.py": "import pytest\n@pytest.fixture\ndef given(): ...\n",
    "base.py": "class Base:\n    def test_inherited(self): ...\n",
    "test_a.py": "from base import Base\nclass TestA(Base):\n    def test_own(self): ...\n",
    "test_b.py": "from pytest import mark\n@mark.parametrize('n', [1])\ndef test_n(n, given): 0\n",
    "test_c.py": "class TestC:\n    def test_x(self): ...\nasync def test_y(): ...\n",
    "test_d.py": "def broken(:\n",
    "test_e.txt": ">>> 1\n1\n",
}
Found = dict[str, tuple[Definition, ...] | None]


def discover(root: Path) -> tuple[Found, Discovery]:
    """Find everything in *root* as a server does that has just been started."""
    config = read_config(str(root), {})
    discovery = Discovery(config)
    discovery.load()
    discovery.begin()
    found = {file.path: discovery.file(file.path) for file in walk(config)}
    definitions = {path: each.definitions for path, each in found.items() if each}
    return {
        path: None if each is None else tuple(each) for path, each in definitions.items()
    }, discovery


def remember(discovery: Discovery) -> None:
    """Write what a server has learnt, as it does when it ends."""
    content = discovery.content()
    assert content is not None
    discovery.write(content)


@pytest.fixture
def root(project: Write) -> Path:
    """Return a project that a server has seen once."""
    root = project(PROJECT)
    (root / ".pytest_cache").mkdir()
    _, discovery = discover(root)
    assert discovery.parsed == len([name for name in PROJECT if name.endswith(".py")])
    remember(discovery)
    return root


def index(root: Path) -> Path:
    return Path(path_in(str(root / ".pytest_cache")))


def test_a_second_start_parses_nothing_and_finds_the_same(root: Path) -> None:
    index(root).rename(root / "aside")
    parsed, _ = discover(root)
    (root / "aside").rename(index(root))

    found, discovery = discover(root)

    assert found == parsed
    assert found["test_d.py"] is None
    # A broken file is told as broken: its error is remembered too.
    assert discovery.file("test_d.py").error is not None  # type: ignore[union-attr]
    assert discovery.parsed == 0
    assert discovery.content() is None


@pytest.mark.parametrize(
    ("changed", "text", "parsed", "differs"),
    [
        ("test_c.py", "def test_z(): ...\n", 1, {"test_c.py"}),
        ("base.py", "class Base:\n    def test_other(self): ...\n", 1, {"test_a.py"}),
        (
            "conftest.py",
            "import pytest\n@pytest.fixture(params='ab')\ndef given(request): ...\n",
            1,
            {"test_b.py"},
        ),
        ("sub/conftest.py", "collect_ignore = []\n", 0, set()),
    ],
)
def test_what_changed_is_parsed_and_what_depends_on_it_is_worked_out_anew(
    root: Path, changed: str, text: str, parsed: int, differs: set[str]
) -> None:
    before, _ = discover(root)
    (root / changed).parent.mkdir(exist_ok=True)
    (root / changed).write_text(text, "utf-8")

    after, discovery = discover(root)

    assert discovery.parsed == parsed
    assert {path for path in after if after[path] != before[path]} == differs


def test_a_file_that_begins_to_exist_counts(root: Path) -> None:
    (root / "base.py").unlink()
    _, discovery = discover(root)
    remember(discovery)
    without, _ = discover(root)
    (root / "base.py").write_text(PROJECT["base.py"], "utf-8")

    found, _ = discover(root)

    assert found["test_a.py"] != without["test_a.py"]


def test_another_configuration_is_another_index(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\npython_functions = check\n", "utf-8")

    found, discovery = discover(root)

    assert found["test_b.py"] == ()
    assert discovery.parsed > 0


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: data[:0],
    "torn": lambda data: data[: len(data) // 2],
    "noise": lambda data: data[:0] + b"\xff" * 100,
    "another letter": lambda data: data.replace(b"test_own", b"test_0wn"),
    "other shapes": lambda data: data.replace(b"null", b"[[]]"),
    "tabs": lambda data: b"\n".join([data.split(b"\n")[0], b"\t" * 5, b"zz\t1", b""]),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_index_is_parsed_over(root: Path, damage: Callable[[bytes], bytes]) -> None:
    whole, _ = discover(root)
    index(root).write_bytes(damage(index(root).read_bytes()))

    found, discovery = discover(root)

    assert found == whole
    assert discovery.parsed > 0


def test_the_index_is_for_its_owner_alone_and_leaves_nothing_beside_it(root: Path) -> None:
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (index(root), index(root).parent)]

    assert modes == [0o600, 0o700] or os.name == "nt"
    assert [path.name for path in index(root).parent.iterdir()] == ["index"]


def test_files_that_are_gone_are_forgotten(root: Path) -> None:
    (root / "test_c.py").unlink()
    (root / "test_b.py").write_text("", "utf-8")
    _, discovery = discover(root)

    remember(discovery)

    assert b"test_c.py" not in index(root).read_bytes()
    assert b"test_a.py" in index(root).read_bytes()


def test_no_cache_directory_is_made_for_it(project: Write) -> None:
    root = project(PROJECT)
    _, discovery = discover(root)

    with pytest.raises(FileNotFoundError):
        remember(discovery)

    assert not (root / ".pytest_cache").exists()
    # It is tried again when there may be one.
    (root / ".pytest_cache").mkdir()
    remember(discovery)
    assert index(root).exists()


def test_a_link_in_the_cache_directory_is_not_followed(project: Write, tmp_path: Path) -> None:
    root = project(PROJECT)
    (tmp_path / "elsewhere").mkdir()
    (root / ".pytest_cache").mkdir()
    (root / ".pytest_cache/d").symlink_to(tmp_path / "elsewhere")
    _, discovery = discover(root)

    with pytest.raises(OSError, match="link"):
        remember(discovery)

    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.asyncio
async def test_a_server_remembers_when_it_ends(project: Write) -> None:
    root = project(PROJECT)
    (root / ".pytest_cache").mkdir()
    indexer = Indexer(read_config(str(root), {}))
    await indexer.parse(await indexer.find())

    await indexer.stop()

    _, discovery = discover(root)
    assert discovery.parsed == 0


def test_what_an_editor_has_is_not_remembered_as_what_the_file_says(root: Path) -> None:
    before, discovery = discover(root)

    typed = discovery.text("conftest.py", "import pytest\n")
    other = discovery.text("test_c.py", "def test_typed(): ...\n")

    assert typed == ()
    assert other is not None
    assert [each.name for each in other] == ["test_typed"]
    assert discovery.content() is None
    assert discover(root)[0] == before


@pytest.mark.asyncio
async def test_a_whole_server_remembers_when_it_ends(project: Write, start: Start) -> None:
    root = project(PROJECT)
    (root / ".pytest_cache").mkdir()
    session = await start(root)
    told = session.draw()

    await session.stop()

    _, discovery = discover(root)
    assert discovery.parsed == 0
    again = await start(root)
    assert again.draw() == told
