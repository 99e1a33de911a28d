"""The driver, the crowd and C echo, compiled once per run, and folders as AIGES has them: libwrapper.so, wrapper.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from embedding import FLAGS, HERE, ROOT, Done, Drive, compiled, place_wrapper, run


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `driver`, `libcrowd.so` and `libecho.so`."""
    folder = tmp_path_factory.mktemp("programs")
    noexcept = compiled(folder, "noexcept.o", "-c", "-O1", HERE / "noexcept_caller.cpp", cc="c++")
    compiled(folder, "driver", *FLAGS, HERE / "driver.c", noexcept, "-ldl", "-lstdc++")
    library = ["-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,nodelete"]
    compiled(folder, "libcrowd.so", *FLAGS, *library, "-Wno-unused-function", HERE / "crowd.c", "-ldl")
    compiled(folder, "libecho.so", *FLAGS, *library, ROOT / "csrc/engines/echo.c")
    return folder


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
def drive(programs: Path, shared_place: Path) -> Drive:
    """drive(COMMAND, *ARGUMENTS, cwd=..., **ENVIRONMENT): runs the driver, which must say nothing on stderr."""

    def call(*words: object, cwd: Path = shared_place, code: int = 0, quiet: bool = True, **environment: str) -> Done:
        log = [] if any(str(word).startswith("log.level=") for word in words) else ["log.level=off"]
        done = run([programs / "driver", *words, *log], cwd, **environment)
        assert done.code == code, (done.code, done.out, done.err)
        assert not quiet or done.err == "", done.err
        return done

    return call
