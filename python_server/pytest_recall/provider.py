"""What stands in the place of pytest's `cacheprovider`: its options, configuration and fixture."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from pytest_recall.cache import CACHE, Cache, cache_of
from pytest_recall.hooks import hooks_in
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.newfirst import NFPlugin
from pytest_recall.options import Option, add_missing
from pytest_recall.run import start_run

__all__ = ["Cache", "LFPlugin", "NFPlugin"]

_OPTIONS: tuple[Option, ...] = (
    (
        ("--lf", "--last-failed"),
        {
            "dest": "lf",
            "help": "Rerun only the tests that failed at the last run (or all if none failed)",
        },
    ),
    (
        ("--ff", "--failed-first"),
        {
            "dest": "failedfirst",
            "help": "Run all tests, but the last failures first; may set fixtures up repeatedly",
        },
    ),
    (
        ("--nf", "--new-first"),
        {
            "dest": "newfirst",
            "help": "Run new tests first, then the rest; both by newest file first",
        },
    ),
    (
        ("--cache-show",),
        {
            "dest": "cacheshow",
            "action": "append",
            "nargs": "?",
            "help": "Show what the cache holds and run nothing; takes a glob (default: '*')",
        },
    ),
    (
        ("--cache-clear",),
        {
            "dest": "cacheclear",
            "help": "Remove all cache contents at start of test run",
        },
    ),
    (
        ("--lfnf", "--last-failed-no-failures"),
        {
            "dest": "last_failed_no_failures",
            "action": "store",
            "choices": ("all", "none"),
            "default": "all",
            "help": "With --lf and no known failures: run `all` tests (the default) or `none`",
        },
    ),
)


_OF_NEW_CACHES = {
    "CACHEDIR_FILES": "CACHEDIR_FILES",
    "CACHEDIR_TAG_CONTENT": "CACHEDIR_TAG_CONTENT",
    "_make_cachedir": "make_cachedir",
}
"""What pytest's module has and its own tests ask for → its name in a module that few runs need."""


def __getattr__(name: str) -> object:
    """Return one of these."""
    if name not in _OF_NEW_CACHES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pytest_recall import cachedir

    return getattr(cachedir, _OF_NEW_CACHES[name])


def __dir__() -> list[str]:
    """Return what pytest is to find here."""
    return [*hooks_in(globals()), "cache"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add those of the options that pytest has not added already."""
    add_missing(parser, _OPTIONS)
    if "cache_dir" not in parser._inidict:  # noqa: SLF001 - no public way to ask
        default = os.path.join(os.environ.get("TOX_ENV_DIR", ""), ".pytest_cache")  # noqa: PTH118
        parser.addini("cache_dir", default=default, help="Cache directory path")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, object, object]:
    """Make way for a debugger before other plugins begin."""
    if getattr(early_config.known_args_namespace, "recall_debug", None) is not None:
        from pytest_recall.debugging import make_way

        make_way(early_config)
    return (yield)


def pytest_cmdline_main(config: pytest.Config) -> int | pytest.ExitCode | None:
    """Show the cache instead of running tests, if asked to."""
    if config.option.cacheshow and not config.option.help:
        from _pytest.main import wrap_session

        from pytest_recall.cacheshow import cacheshow

        return wrap_session(config, cacheshow)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give *config* its cache before any conftest is configured, and register our plugins."""
    config.cache = config.stash[CACHE] = Cache.for_config(config, _ispytest=True)
    start_run(config)
    if hasattr(config.option, "cov_source") or config.option.recall_coverage_file is not None:
        from pytest_recall import covering

        config.pluginmanager.register(covering, "recall-covering")


@pytest.fixture
def cache(request: pytest.FixtureRequest) -> pytest.Cache:
    """Return a cache object that can persist state between testing sessions.

    cache.get(key, default)
    cache.set(key, value)

    Keys are parts joined by ``/``, the first of them the name of the plugin or application.
    Values are whatever the json module of the standard library can write.
    """
    # A conftest may have put another one there, as which pytest gives it to the tests.
    return request.config.cache


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the cache directory if asked for details, or if it is not the usual one."""
    if config.option.verbose <= 0 and config.getini("cache_dir") == ".pytest_cache":
        return None
    cachedir = cache_of(config).directory
    try:
        return f"cachedir: {cachedir.relative_to(config.rootpath)}"
    except ValueError:
        return f"cachedir: {cachedir}"
