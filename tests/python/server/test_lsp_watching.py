"""Changes on disk reach the client, whoever made them and whether or not the editor watches."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import WATCHING

BASE = "class Base:\n    def test_a(self): ...\n"
HEIR = "from base import Base\n\n\nclass TestHeir(Base): ...\n"


@pytest.mark.asyncio
async def test_changes_are_seen_where_the_client_watches_nothing(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "def test_a(): ...\n", "test_gone.py": "def test_b(): ...\n"})
    session = await start(root)

    (root / "test_a.py").write_text("def test_other(): ...\n")
    (root / "test_gone.py").unlink()
    (root / "sub").mkdir()
    (root / "sub/test_new.py").write_text("def test_new(): ...\n")

    expected = ["sub/test_new.py", "  test_new (0)", "test_a.py", "  test_other (0)"]
    await session.until(lambda: session.draw().splitlines() == expected)


@pytest.mark.asyncio
async def test_configuration_is_seen_where_the_client_watches_nothing(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "def check_a(): ...\n", "inner/test_b.py": "def test_b(): ...\n"})
    session = await start(root)

    (root / "pytest.ini").write_text("[pytest]\npython_functions = check_*\n")
    await session.until(lambda: "check_a" in session.draw())
    (root / "inner/pytest.ini").write_text("[pytest]\n")
    await session.until(lambda: [each.name for each in session.roots] != ["project"])

    assert len(session.roots) == 2


@pytest.mark.asyncio
async def test_a_conftest_is_seen_where_the_client_watches_nothing(
    project: Write, start: Start
) -> None:
    root = project({"conftest.py": "", "test_a.py": "def test_a(): ...\n"})
    session = await start(root)

    (root / "conftest.py").write_text("collect_ignore = ['test_a.py']\n")

    await session.until(lambda: session.draw() == "")


@pytest.mark.asyncio
@pytest.mark.parametrize("watches", [True, False])
async def test_tests_follow_a_base_class_in_a_file_without_tests(
    project: Write, start: Start, watches: bool
) -> None:
    root = project({"base.py": BASE, "test_heir.py": HEIR})
    session = await start(root, capabilities=WATCHING if watches else None)
    assert "test_a" in session.draw()

    (root / "base.py").write_text(BASE.replace("test_a", "test_more"))
    if watches:
        session.touched("base.py")

    await session.until(lambda: "test_more" in session.draw())
    assert "test_a" not in session.draw()


@pytest.mark.asyncio
async def test_a_cache_directory_outside_the_workspace_is_followed(
    project: Write, start: Start, tmp_path: Path
) -> None:
    cache = tmp_path / "elsewhere/cache"
    root = project(
        {
            "pytest.ini": f"[pytest]\ncache_dir = {cache}\n",
            "test_a.py": "def test_a(): assert False\n",
        }
    )
    session = await start(root, capabilities=WATCHING)
    values = cache / "v/cache"
    values.mkdir(parents=True)

    (values / "lastfailed").write_text('{"test_a.py::test_a": true}')

    await session.until(lambda: "!test_a (0)" in session.draw())
