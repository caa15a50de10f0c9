"""Wheel and sdist: built twice, looked into, installed."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python.cli.installed import Environment, build_packages, make_environment
from tests.python.plugin.support import ROOT, Project

OURS = {"pytest_recall", "pytest_recall_server"}


@pytest.mark.usefixtures("private_umask")
def test_the_packages_are_the_same_to_the_byte_whoever_builds_them(
    packages: tuple[Path, Path], tmp_path: Path
) -> None:
    other = another_checkout(tmp_path / "another checkout")
    variables = {"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "4711"}

    again = build_packages(other, tmp_path / "made", **variables)

    for package, other_package in zip(packages, again, strict=True):
        assert package.name == other_package.name
        assert package.read_bytes() == other_package.read_bytes(), package.name


@pytest.fixture
def private_umask() -> Iterator[None]:
    """Create files for oneself alone."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def another_checkout(folder: Path) -> Path:
    """Return *folder* with what the packages are built of, its files of another time and mode."""
    scripts = folder / "extension" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copyfile(ROOT / "extension/scripts/package_python.py", scripts / "package_python.py")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "python_server", folder / "python_server", ignore=ignored)
    for path in folder.rglob("*"):
        path.chmod(0o700)
        os.utime(path, (1_234_567_890, 1_234_567_890))
    return folder


def test_the_packages_carry_nothing_of_others(packages: tuple[Path, Path]) -> None:
    wheel, sdist = packages

    with zipfile.ZipFile(wheel) as archive:
        in_wheel = archive.namelist()
    with tarfile.open(sdist) as unpacked:
        members = unpacked.getmembers()

    information = next(name for name in in_wheel if name.endswith("/licenses/LICENSE"))
    tops = {name.partition("/")[0] for name in in_wheel}
    assert tops == {*OURS, information.partition("/")[0]}
    in_sdist = {Path(*Path(member.name).parts[1:]).as_posix() for member in members}
    sources = {f"python_server/{name}" for name in in_wheel if name.partition("/")[0] in OURS}
    assert sources <= in_sdist
    assert not [name for name in in_sdist if "libs" in name or name.endswith(".pyc")]
    assert {(member.uname, member.uid, member.mtime) for member in members} == {
        ("", 0, 315_532_800)
    }


def test_the_sdist_installs_what_the_wheel_does_and_remembers(
    packages: tuple[Path, Path], environment: Environment, tmp_path: Path
) -> None:
    _, sdist = packages
    project = Project(tmp_path.resolve() / "project")
    project.write({"test_one.py": "def test_a():\n    assert 0\n\ndef test_b():\n    pass\n"})

    built = make_environment(tmp_path.resolve(), sdist)
    first = built.run(built.python, "-m", "pytest", "-q", cwd=project.path)
    failed = built.run(built.script("pytest-recall"), "failed", cwd=project.path)

    assert installed_files(built) == installed_files(environment)
    assert "1 failed, 1 passed" in first.stdout, first
    assert failed.stdout == "test_one.py::test_a\n", failed
    # The reason is told by a journal, which is ours alone to write.
    assert list((project.path / ".pytest_cache/d/recall/runs").glob("*.jsonl"))


def installed_files(made: Environment) -> list[str]:
    """Return the files of the package with their hashes, without what tells of the installation."""
    (record,) = made.folder.rglob("pytest_recall-*.dist-info/RECORD")
    lines = record.read_text("utf-8").splitlines()
    told = (".pyc", "/RECORD", "/direct_url.json", "/INSTALLER", "/REQUESTED", "/WHEEL")
    return sorted(
        line
        for line in lines
        if not line.startswith("..") and not line.split(",")[0].endswith(told)
    )
