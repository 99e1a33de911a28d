"""Folders as AIGES has them (libwrapper.so, wrapper.py), and the driver that runs in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from embedding import Done, Drive, place_wrapper, programs, run  # noqa: F401  (programs: a fixture)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return place_wrapper(tmp_path)


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for many runs that leave nothing in it."""
    return place_wrapper(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="session")
def libpython() -> Path:
    """The shared library of this Python."""
    import sysconfig

    library = Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME") or "none")
    if not library.is_file() or ".so" not in library.name:
        pytest.skip("this Python has no shared library")
    return library


@pytest.fixture
def drive(programs: Path, shared_place: Path) -> Drive:  # noqa: F811
    """drive(COMMAND, *ARGUMENTS, cwd=..., **ENVIRONMENT): runs the driver, which must say nothing on stderr."""

    def call(*words: object, cwd: Path = shared_place, code: int = 0, quiet: bool = True, **environment: str) -> Done:
        log = [] if any(str(word).startswith("log.level=") for word in words) else ["log.level=off"]
        done = run([programs / "driver", *words, *log], cwd, **environment)
        assert done.code == code, (done.code, done.out, done.err)
        assert not quiet or done.err == "", done.err
        return done

    return call
