"""rust-analyzer's test explorer: the tree, taken by what its clients do with the messages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.explorerclient import BOTH, DRAWN, TREE, explore, shown, told_by_recall
from tests.python.server.support import write_files

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.testexplorer import messages
from pytest_recall_server.lsp.testexplorer.items import EAGER
from pytest_recall_server.lsp.uris import uri_of


@pytest.mark.asyncio
async def test_a_client_that_opens_its_view_has_the_same_tree_as_recall_tells(
    project: Write, start: Start
) -> None:
    session, explorer = await explore(start, project(TREE))

    assert explorer.tree.draw() == DRAWN
    assert shown(explorer) == told_by_recall(session)
    row = next(row for row in explorer.tree.rows() if row.item.label == "test_deep")
    assert row.item == messages.TestItem(
        id=f"{session.root_uri}#unit/deep/test_deep.py::test_deep",
        label="test_deep",
        kind="test",
        can_resolve_children=False,
        parent=f"{session.root_uri}#unit/deep/test_deep.py",
        text_document=messages.TextDocument(uri=session.uri("unit/deep/test_deep.py")),
        range=session.nodes["unit/deep/test_deep.py"]["unit/deep/test_deep.py::test_deep"].range,
    )


@pytest.mark.asyncio
async def test_the_tree_follows_files_and_folders_that_come_change_and_go(
    project: Write, start: Start
) -> None:
    root = project(TREE)
    session, explorer = await explore(start, root, capabilities=BOTH)

    async def follows(*changed: str, until: str | None = None, gone: str | None = None) -> None:
        session.touched(*changed)
        drawn = explorer.tree.draw
        await explorer.shows(
            lambda: (until is None or until in drawn()) and (gone is None or gone not in drawn())
        )
        assert shown(explorer) == told_by_recall(session)

    write_files(root, {"unit/other/test_new.py": "def test_new(): ...\n"})
    await follows("unit/other/test_new.py", until="test_new test")
    write_files(root, {"test_top.py": "# moved\nclass TestX:\n    def test_c(self): ...\n"})
    await follows("test_top.py", until="test_c test (2)", gone="test_b test")
    assert "TestX module (1)" in explorer.tree.draw()
    (root / "unit/deep/test_deep.py").unlink()
    await follows("unit/deep/test_deep.py", gone="deep package")
    shutil.rmtree(root / "unit")
    await follows("unit", gone="unit package")
    write_files(root, TREE)
    await follows(*TREE, until="test_deep test")
    assert explorer.tree.draw() == DRAWN

    explorer.tree.refresh()
    await explorer.quiet()
    await session.request(protocol.RESYNC, session.root_params(), type(None))
    (root / "test_top.py").write_text(TREE["test_top.py"] + "\n\ndef test_last(): ...\n")
    await follows("test_top.py", until="test_last test")


@pytest.mark.asyncio
async def test_of_a_large_project_only_what_is_unfolded_or_open_is_told(
    project: Write, start: Start
) -> None:
    many = "".join(f"def test_{number}(): ...\n" for number in range(EAGER // 4))
    parameters = f"@pytest.mark.parametrize('n', {list(range(150))})\ndef test_p(n): ...\n"
    files = {f"{folder}/sub/test_{folder}.py": many for folder in "abcde"}
    root = project({**files, "f/test_f.py": "import pytest\n" + parameters})
    session, explorer = await explore(start, root, capabilities=BOTH, asks=False)
    url = session.root_uri
    assert [line.split()[1] for line in explorer.tree.draw().splitlines()[1:]] == list("abcdef")

    # What is small enough comes whole.
    await explorer.unfold(f"{url}#f")
    assert f"{url}#f/test_f.py::test_p" in shown(explorer)
    assert f"{url}#f/test_f.py::test_p[7]" not in shown(explorer)
    await explorer.unfold(f"{url}#f/test_f.py::test_p")
    assert f"{url}#f/test_f.py::test_p[149]" in shown(explorer)
    before = shown(explorer)

    # Whoever opens a document sees its tests.
    session.open("b/sub/test_b.py")
    await explorer.shows(lambda: f"{url}#b/sub/test_b.py::test_7" in shown(explorer))
    assert {each.split("::")[0] for each in shown(explorer) - before} == {
        f"{url}#b/sub",
        f"{url}#b/sub/test_b.py",
    }

    # What nobody has seen is not told of.
    told = len(explorer.groups)
    write_files(root, {"c/sub/test_c.py": many + "def test_x(): ...\n"})
    session.touched("c/sub/test_c.py")
    await session.until(
        lambda: (
            "c/sub/test_c.py" in session.files
            and session.files["c/sub/test_c.py"].tests == EAGER // 4 + 1
        )
    )
    write_files(root, {"g/test_g.py": "def test_g(): ...\n"})
    session.touched("g/test_g.py")
    await explorer.shows(lambda: f"{url}#g" in shown(explorer))
    assert len(explorer.groups) == told + 1
    assert f"{url}#g/test_g.py" not in shown(explorer)

    await explorer.unfold(url)
    assert f"{url}#f/test_f.py::test_p[149]" in shown(explorer)
    await explorer.unfold_all()
    explorer.check()
    assert len(shown(explorer)) == 1 + 5 * (3 + EAGER // 4) + 1 + 3 + 151 + 2


@pytest.mark.asyncio
async def test_roots_with_equal_node_ids_are_kept_apart_and_come_and_go(
    tmp_path: Path, start: Start
) -> None:
    files = {"pytest.ini": "[pytest]\n", "test_a.py": "def test_a(): ...\n"}
    one, two = (write_files(tmp_path / name, files) for name in ("one", "two"))
    session, explorer = await explore(start, one, folders=[one, two], capabilities=BOTH)
    first, second = uri_of(str(one)), uri_of(str(two))
    assert shown(explorer) == told_by_recall(session, one, two)

    run = await explorer.run()
    assert (run.tags(first), run.tags(second)) == ({"test_a.py::test_a": "passed"},) * 2
    run = await explorer.run([f"{second}#test_a.py"])
    assert (run.tags(first), run.tags(second)) == ({}, {"test_a.py::test_a": "passed"})
    run = await explorer.run(exclude=[second])
    assert (run.tags(first), run.tags(second)) == ({"test_a.py::test_a": "passed"}, {})

    # A folder becomes a root, with the same files under other ids.
    write_files(one, {"sub/test_s.py": "def test_s(): ...\n"})
    session.touched("sub/test_s.py")
    await explorer.shows(lambda: f"{first}#sub/test_s.py::test_s" in shown(explorer))
    write_files(one, {"sub/pytest.ini": "[pytest]\n"})
    session.touched("sub/pytest.ini")
    await explorer.shows(
        lambda: f"{first}/sub" in shown(explorer) and f"{first}#sub" not in shown(explorer)
    )
    await explorer.unfold(f"{first}/sub")
    assert f"{first}/sub#test_s.py::test_s" in shown(explorer)
    (one / "sub/pytest.ini").unlink()
    session.touched("sub/pytest.ini")
    await explorer.shows(lambda: f"{first}#sub/test_s.py::test_s" in shown(explorer))
    assert f"{first}/sub" not in shown(explorer)

    gone = types.WorkspaceFolder(uri=second, name="two")
    session.client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            event=types.WorkspaceFoldersChangeEvent(added=[], removed=[gone])
        )
    )
    await explorer.shows(lambda: second not in shown(explorer))
    assert not any(each.startswith(second) for each in shown(explorer))
