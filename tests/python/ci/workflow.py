"""Runs the steps of a workflow of GitHub Actions, with its actions replaced by what they do."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml  # type: ignore[import-untyped] # its stubs are a package of their own

Inputs = Mapping[str, str]


def steps_of(workflow: str) -> list[dict[str, object]]:
    """Return the steps of the only job."""
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    return cast("list[dict[str, object]]", job["steps"])


@dataclass
class GitHub:
    """What stays from run to run: repository, caches by key, artifacts of the last run."""

    origin: Path
    folder: Path
    environment: Mapping[str, str]
    ran: int = 0
    output: str = ""
    artifacts: dict[str, Path] = field(default_factory=dict)

    def run(self, workflow: str) -> bool:
        """Run the steps in a workspace of their own; tell whether all went well."""
        self.ran += 1
        self.output, self.artifacts = "", {}
        workspace = self.folder / f"run-{self.ran}" / "project"
        workspace.mkdir(parents=True)
        is_well = True
        for step in steps_of(workflow):
            if is_well or self._filled(str(step.get("if", ""))) == "always()":
                is_well = self._do(step, workspace) and is_well
        return is_well

    def _filled(self, text: str) -> str:
        values = {
            "github.ref_name": "main",
            "github.run_id": str(1000 + self.ran),
            "github.run_attempt": "1",
            "always()": "always()",
        }
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], text)

    def _do(self, step: Mapping[str, object], workspace: Path) -> bool:
        if "run" in step:
            return self._execute(str(step["run"]), workspace)
        written = cast("Inputs", step.get("with", {}))
        inputs = {name: self._filled(value) for name, value in written.items()}
        action, _, version = str(step["uses"]).partition("@")
        assert re.fullmatch(r"v\d+", version), step
        match action:
            case "actions/checkout":
                clone = ["git", "clone", "-q", str(self.origin), "."]
                subprocess.run(clone, cwd=workspace, env=self.environment, check=True)
            case "actions/setup-python":
                assert inputs.keys() == {"python-version"}
            case "actions/cache/restore":
                self._restore(inputs, workspace)
            case "actions/cache/save":
                shutil.copytree(workspace / inputs["path"], self._caches / inputs["key"])
            case "actions/upload-artifact":
                self.artifacts[inputs["name"]] = workspace / inputs["path"]
            case _:
                raise AssertionError(f"what does {action} do?")
        return True

    @property
    def _caches(self) -> Path:
        return self.folder / "caches"

    def _restore(self, inputs: Inputs, workspace: Path) -> None:
        """Take the cache with the key, else the newest whose key begins as one of the others."""
        kept = sorted(self._caches.glob("*"), key=lambda path: path.stat().st_ctime, reverse=True)
        for prefix in (inputs["key"], *inputs["restore-keys"].split()):
            for cache in kept:
                if cache.name.startswith(prefix):
                    shutil.copytree(cache, workspace / inputs["path"])
                    return

    def _execute(self, script: str, workspace: Path) -> bool:
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=workspace,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.output += done.stdout
        return done.returncode == 0
