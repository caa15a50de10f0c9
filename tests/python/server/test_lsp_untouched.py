"""A server looks at a project without running it, and reaches no network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.fuzzclient import Fuzzer
from tests.python.test_privacy import GUARD

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of

WITNESS = (
    "import os, pathlib\n"
    "pathlib.Path(os.environ['WITNESS']).open('a').write(__name__.rpartition('.')[2] + '\\n')\n"
)
FILES = {
    "pytest.ini": "[pytest]\naddopts = -p project_plugin\npythonpath = .\n",
    "project_plugin.py": WITNESS,
    "conftest.py": WITNESS,
    # It would come before the standard library's, were the folder on the path of the server.
    "tomllib.py": WITNESS,
    "json.py": WITNESS,
    "sitecustomize.py": WITNESS,
    "test_shop.py": WITNESS + "\ndef test_price():\n    assert 3 == 4\n",
}


@pytest.mark.asyncio
async def test_nothing_of_the_project_runs_before_a_run_whose_root_pytest_finds_itself(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    witness = root.parent / "witness"
    session = await start(root, environment={"WITNESS": str(witness)})
    session.open("test_shop.py")
    await session.until_marked("test_shop.py", 1)
    document = types.TextDocumentIdentifier(uri=session.uri("test_shop.py"))

    hover = types.HoverParams(text_document=document, position=types.Position(3, 5))
    await session.client.text_document_hover_async(hover)
    await session.client.text_document_code_lens_async(types.CodeLensParams(document))
    params = protocol.PreviewParams(root=session.root_uri, selection=protocol.Selection(kind="all"))
    preview = await session.request(protocol.PREVIEW, params, protocol.PreviewResult)
    examined = protocol.DoctorParams(root=session.root_uri, repair=False)
    await session.request(protocol.DOCTOR, examined, protocol.DoctorResult)

    assert [test.id for test in preview.tests] == ["test_shop.py::test_price"]
    assert not witness.exists()

    # A run does run it, so the witness does tell.
    result = await session.run()

    assert result.counts == {"failed": 1}, session.output()
    assert {"conftest", "project_plugin", "test_shop"} <= set(witness.read_text().split())
    (journal,) = (root / ".pytest_cache" / "d" / "recall" / "runs").glob("*.jsonl")
    begun = json.loads(journal.read_text("utf-8").splitlines()[0])
    forced = [each for each in begun["args"] if each.startswith(("--rootdir", "-c", "--config"))]
    assert (begun["rootdir"], forced) == (str(root), [])


@pytest.mark.asyncio
async def test_a_server_with_all_that_it_carries_reaches_no_network(
    project: Write, tmp_path: Path
) -> None:
    (tmp_path / "guarded.py").write_text(
        f"{GUARD}\nfrom pytest_recall_server.__main__ import main\nmain()\n"
    )
    client = Fuzzer(project({"test_shop.py": "def test_price():\n    assert 3 == 4\n"}))
    await client.start(str(tmp_path / "guarded.py"))
    try:
        await client.initialize()
        for method in (protocol.CACHE_KEYS, protocol.PREVIEW, protocol.DOCTOR):
            params = {
                "root": uri_of(str(client.root)),
                "selection": {"kind": "all"},
                "repair": False,
            }
            assert await client.code(client.ask(method, params)) == 0
        assert "NETWORK" not in client.stderr
    finally:
        await client.stop()
