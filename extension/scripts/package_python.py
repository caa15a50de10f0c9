"""Build wheel and sdist, the same bytes wherever and whenever they are built.

    python package_python.py FOLDER

They are built from a copy: building leaves files beside the sources, and a checkout has the modes
and times of its own making.
"""

from __future__ import annotations

import copy
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOMENT = 315_532_800
"""The time of every file, in seconds: 1980, where the time of zip archives begins."""


def main(target: Path) -> None:
    """Write both into the folder *target*."""
    # What the build tools write themselves has its mode from here.
    os.umask(0o022)
    target.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(MOMENT)}
    # The build tools are those of the environment, pinned there, so nothing is downloaded.
    build = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel"]
    with tempfile.TemporaryDirectory() as folder:
        sources = copied_sources(Path(folder) / "sources")
        made = Path(folder) / "made"
        subprocess.run([*build, "--outdir", str(made), str(sources)], check=True, env=environment)
        for sdist in made.glob("*.tar.gz"):
            sdist.write_bytes(steady(sdist.read_bytes()))
        for path in made.iterdir():
            shutil.move(path, target / path.name)


def copied_sources(folder: Path) -> Path:
    """Return *folder* with what goes into the packages, all of it in plain modes."""
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
    shutil.copytree(ROOT / "python_server", folder / "python_server", ignore=ignored)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def steady(archive: bytes) -> bytes:
    """Return the sdist without what setuptools takes from machine and clock: owners and times."""
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as old,
        gzip.GzipFile(filename="", fileobj=written, mode="wb", mtime=MOMENT) as packed,
        tarfile.open(fileobj=packed, mode="w") as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            plain = copy.copy(member)
            plain.mtime = MOMENT
            plain.mode = 0o755 if member.isdir() else 0o644
            plain.uid = plain.gid = 0
            plain.uname = plain.gname = ""
            plain.pax_headers = {}
            new.addfile(plain, old.extractfile(member))
    return written.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
