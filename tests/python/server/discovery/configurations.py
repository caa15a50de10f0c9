"""Strategies of configuration files: every form, with pytest's own precedence."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from tests.python.server.discovery.chances import rarely

_INI = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")
_TOML = ("pytest.toml", ".pytest.toml", "pyproject.toml", "pyproject.toml ini_options")
FORMS = (*_INI, *_TOML)
_CHOICES: dict[str, tuple[tuple[str, ...], ...]] = {
    "python_files": (
        ("check_*.py",),
        ("test_*.py", "*_spec.py"),
        ("*.py",),
        ("tests/*.py", "test_*.py"),
    ),
    "python_classes": (("Check",), ("Test", "*Suite")),
    "python_functions": (("check",), ("test", "example_*")),
    "testpaths": (("tests",), ("tests", "pkg"), ("pk*",), ("nowhere",)),
    "norecursedirs": (("skip_*",), ("deep", ".*"), ("pkg/deep",)),
}


@dataclass(frozen=True)
class Configuration:
    """Configuration files, and names that mean something by them."""

    files: dict[str, str]
    stems: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    doubtful: bool = False
    """No parameters are certain."""
    namespaces: bool = False
    """``consider_namespace_packages``."""


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """Return one or two configuration files, or none."""
    if draw(rarely(8)):
        return Configuration({})
    options: dict[str, tuple[str, ...] | bool] = {
        name: draw(st.sampled_from(choices))
        for name, choices in _CHOICES.items()
        if draw(rarely(4))
    }
    addopts = [
        word for word in ("--doctest-modules", "--doctest-glob=*.rst", "-ra") if draw(rarely(5))
    ]
    if addopts:
        options["addopts"] = tuple(addopts)
    if draw(rarely(10)):
        options["consider_namespace_packages"] = True
    escaped = not draw(rarely(15))
    if not escaped:
        options["disable_test_id_escaping_and_forfeit_all_rights_to_community_support"] = True
    strict = draw(rarely(15))
    if strict:
        options["strict_parametrization_ids"] = True
    files = dict([written_as(draw(st.sampled_from(FORMS)), options)])
    if draw(rarely(3)):
        # Which of the two counts is pytest's to say.
        name, text = written_as(draw(st.sampled_from(FORMS)), {"python_files": ("test_*.py",)})
        files.setdefault(name, text)
    return Configuration(
        files=files,
        stems=_stems(options.get("python_files")),
        classes=("Check", "ASuite") if "python_classes" in options else (),
        functions=("check", "example") if "python_functions" in options else (),
        doubtful=strict or not escaped,
        namespaces="consider_namespace_packages" in options,
    )


def _stems(patterns: object) -> tuple[str, ...]:
    match patterns:
        case ("check_*.py",):
            return ("check_{}", "check_{}", "check_{}_x")
        case ("test_*.py", _):
            return ("{}_spec", "test_{}")
        case ("*.py",):
            return ("{}_any", "any_{}")
        case _:
            return ("test_{}", "test_{}", "check_{}")


def written_as(form: str, options: dict[str, tuple[str, ...] | bool]) -> tuple[str, str]:
    """Return name and text of a file."""
    name, _, old = form.partition(" ")
    if form in _INI:
        section = "tool:pytest" if name == "setup.cfg" else "pytest"
        lines = [
            f"{key} = {value if isinstance(value, bool) else _ini_words(value)}"
            for key, value in options.items()
        ]
        return name, "\n".join([f"[{section}]", *lines]) + "\n"
    if not name.startswith("pyproject"):
        section = "pytest"
    else:
        section = "tool.pytest.ini_options" if old else "tool.pytest"
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else str(list(value))}"
        for key, value in options.items()
    ]
    return name, "\n".join([f"[{section}]", *lines]) + "\n"


def _ini_words(words: tuple[str, ...]) -> str:
    return " ".join(words) if len(words) == 1 else "\n    " + "\n    ".join(words)
