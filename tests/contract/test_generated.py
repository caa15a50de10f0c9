"""The TypeScript types are those of the definition in Python."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "extension/scripts/generate_protocol.py"


@pytest.fixture
def generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script as a module that writes elsewhere."""
    spec = importlib.util.spec_from_file_location("generate_protocol", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    monkeypatch.setattr(module, "TARGET", tmp_path / "protocol.generated.ts")
    return module


def test_the_generated_types_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_types_that_are_out_of_date_are_noticed_and_written(generator: ModuleType) -> None:
    assert generator.main(["--check"]) == 1
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    generator.TARGET.write_text("// edited by hand")
    assert generator.main(["--check"]) == 1


def test_a_definition_is_translated_with_its_words(generator: ModuleType) -> None:
    source = (
        'RUN = "recall/run"\n'
        'Kind = Literal["a", "b"]\n'
        "class Thing:\n"
        '    """A thing."""\n'
        "    exit_status: int | None\n"
        '    """``None`` when killed."""\n'
        "    ids: list[str] = field()\n"
        "    counts: dict[str, float]\n"
        "REQUESTS: dict = {RUN: (Thing, NoneType)}\n"
    )

    text = generator.translate(source)

    assert text.partition("\n\n")[2] == (
        'export const RUN = "recall/run";\n'
        "\n"
        'export type Kind = "a" | "b";\n'
        "\n"
        "/** A thing. */\n"
        "export interface Thing {\n"
        "  /** `None` when killed. */\n"
        "  readonly exitStatus: number | null;\n"
        "  readonly ids?: readonly string[];\n"
        "  readonly counts: { readonly [key: string]: number };\n"
        "}\n"
        "\n"
        "export interface Requests {\n"
        "  readonly [RUN]: { params: Thing; result: null };\n"
        "}\n"
    )


def test_what_has_no_translation_is_refused(generator: ModuleType) -> None:
    with pytest.raises(generator.UnknownFormError, match="line 2"):
        generator.translate("class Thing:\n    odd: set[str]\n")
