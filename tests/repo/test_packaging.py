"""What is shipped: the contents of sdist and wheel, the libraries as the linker left them, builds of C programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.packaging, pytest.mark.slow]

PROGRAM = """
#include <aiges/loader.h>
#include <aiges/wrapper.h>
#include <stdio.h>
int main(void) {
    printf("%s\\n", aiges_loader_version());
    return aiges_loader_version()[0] == 0;
}
"""


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (archive,) = folder.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from nothing but the sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q", "wheel", "--no-build-isolation", "--no-deps"]
    run(*pip, "--wheel-dir", folder, sdist, cwd=folder)
    (archive,) = folder.glob("*.whl")
    return archive


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, to be put on PYTHONPATH; it comes before the tree's editable install."""
    folder = tmp_path_factory.mktemp("site")
    run(sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--target", folder, wheel, cwd=folder)
    return folder


def ask(site: Path, option: str) -> str:
    return run(sys.executable, "-m", "aiges_native", option, cwd=site, PYTHONPATH=str(site)).strip()


def templates() -> list[str]:
    """The files of the project templates, as a wheel names them."""
    files = (path for path in (ROOT / "aiges_native/project/templates").rglob("*") if path.is_file())
    return [str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts]


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_sdist_holds_the_sources_and_nothing_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    for folder in ("include/aiges", "csrc", "aiges_native", "tests", "library", "examples"):
        tracked = run("git", "ls-files", folder, cwd=ROOT).splitlines() if (ROOT / ".git").exists() else []
        missing = {name for name in tracked if (ROOT / name).exists()} - set(names)
        assert not missing
    needed = {"LICENSE", "README.md", "README.zh-CN.md", "Makefile", "pyproject.toml", "setup.py", ".ci/run"}
    needed |= {"include/aiges/wrapper.h", "examples/clients/once.py", "examples/clients/browser.html"}
    assert needed <= set(names)
    built = [n for n in names if n.startswith(("build/", "aiges_native/lib/")) or re.search(r"\.(so|o|pyc)$", n)]
    assert not built


def test_wheel_holds_what_c_and_python_need(wheel: Path) -> None:
    names = names_in(wheel)
    headers = {f"aiges_native/include/aiges/{path.name}" for path in (ROOT / "include/aiges").glob("*.h")}
    modules = {f"aiges_native/_native/{path.stem}" for path in (ROOT / "aiges_native/_native").glob("*.pyx")}
    typing = ["_native/*.pyi", "_native/*.pxd", "_abi/*.pxd"]
    stubs = {str(path.relative_to(ROOT)) for glob in typing for path in (ROOT / "aiges_native").glob(glob)}
    python = {
        str(path.relative_to(ROOT / "aiges_native/compat" if "compat" in path.parts else ROOT))
        for path in (ROOT / "aiges_native").rglob("*.py")
    }
    assert {"aiges/__init__.py", "aiges/utils/log.py", "aiges_embed/__init__.py"} <= python
    needed = {
        "aiges_native/lib/cmake/aiges/aigesConfig.cmake",
        "aiges_native/lib/cmake/aiges/aigesConfigVersion.cmake",
        "aiges_native/lib/libaiges.so",
        "aiges_native/lib/libwrapper.so",
        "aiges_native/lib/pkgconfig/aiges.pc",
        "aiges_native/py.typed",
    }
    assert not (needed | headers | stubs | python | set(templates())) - set(names)
    compiled = {name.partition(".")[0] for name in names if name.startswith("aiges_native/_native/") and ".so" in name}
    assert compiled == modules | {"aiges_native/_native/_embed"}


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    roots = {name.partition("/")[0] for name in names_in(wheel)}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"aiges", "aiges_embed", "aiges_native"}
    unwanted = ["*.pyx", "*.c", "*.cpp", "*.pyc", "*.in", "*/libwrapper.python"]
    others = set(names_in(wheel)) - set(templates())  # text of projects that are not ours
    assert not [name for name in others if any(map(fnmatch, [name] * len(unwanted), unwanted))]


def test_an_installed_package_makes_projects(site: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "compileall", "-q", site / "aiges_native/project")  # as installers do
    for template in ("once", "stream", "async", "c-engine"):
        command = ["-m", "aiges", "create", "-n", template, "--template", template]
        run(sys.executable, *command, cwd=tmp_path, PYTHONPATH=str(site))
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"once/wrapper/test_data/test.png", "stream/aiges.toml", "async/Dockerfile", "c-engine/engine.c"} <= made
    assert not [name for name in made if name.endswith(".pyc")]


def test_wheel_holds_no_path_of_this_machine(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = [n for n in archive.namelist() if n.endswith((".pc", ".cmake", ".py", ".txt", "METADATA"))]
        assert not [name for name in texts if str(ROOT).encode() in archive.read(name)]


def dynamic(path: Path, tag: str) -> list[str]:
    lines = run("readelf", "--wide", "--dynamic", path).splitlines()
    return [found[1] for line in lines if (found := re.search(rf"\({tag}\).*\[(.*)\]", line))]


def libraries(site: Path) -> list[Path]:
    return sorted((site / "aiges_native/lib").glob("*.so"))


def extensions(site: Path) -> list[Path]:
    return sorted((site / "aiges_native/_native").glob("*.so"))


def test_no_object_looks_for_libraries_outside_the_package(site: Path) -> None:
    for path in libraries(site):
        assert dynamic(path, "RUNPATH") == [], path
    for path in extensions(site):
        wanted = ["$ORIGIN/../lib"] if "libaiges.so" in dynamic(path, "NEEDED") else []
        assert dynamic(path, "RUNPATH") == wanted, path
    for path in libraries(site) + extensions(site):
        assert dynamic(path, "RPATH") == [], path


def test_no_object_is_linked_against_python(site: Path) -> None:
    for path in libraries(site) + extensions(site):
        assert not [name for name in dynamic(path, "NEEDED") if "python" in name], path


def test_libraries_have_their_plain_names(site: Path) -> None:
    assert [dynamic(path, "SONAME") for path in libraries(site)] == [["libaiges.so"], ["libwrapper.so"]]


def test_libwrapper_stays_loaded(site: Path) -> None:
    assert "NODELETE" in run("readelf", "--dynamic", site / "aiges_native/lib/libwrapper.so")


def symbols(path: Path, *, defined: bool) -> set[str]:
    table = run("nm", "--dynamic", "--defined-only" if defined else "--undefined-only", "--format=posix", path)
    rows = [line.split() for line in table.splitlines()]
    return {row[0].partition("@")[0] for row in rows if row[1] != "A"}  # A: names of symbol versions


@pytest.mark.parametrize(("name", "pattern"), [("libaiges.so", "aiges_"), ("libwrapper.so", "wrapper|aiges_")])
def test_only_the_contract_is_exported(site: Path, name: str, pattern: str) -> None:
    exported = symbols(site / "aiges_native/lib" / name, defined=True)
    assert exported
    assert not {symbol for symbol in exported if not re.match(pattern, symbol)}


def test_libraries_need_no_python_symbol(site: Path) -> None:
    for path in libraries(site):
        assert not {symbol for symbol in symbols(path, defined=False) if re.match("_?Py[A-Z_]", symbol)}, path


PURITY = """
import sys
before = set(sys.modules)
import aiges_native
aiges_native.{name}
own = ("aiges_native", "aiges", "aiges_embed")
made_up = ("cython_runtime", "_cython_")  # modules without a file, by which Cython's modules share their types
roots = {{name.partition(".")[0] for name in set(sys.modules) - before if not name.startswith(made_up)}}
print(*sorted(root for root in roots if root not in sys.stdlib_module_names and root not in own))
"""


@pytest.mark.parametrize("name", ["__doc__", "open", "lend", "AigesError", "__version__"])
def test_import_loads_only_the_standard_library(site: Path, name: str) -> None:
    assert run(sys.executable, "-c", PURITY.format(name=name), cwd=site, PYTHONPATH=str(site)).strip() == ""


def test_import_is_quick(site: Path) -> None:
    def seconds(code: str) -> float:
        timed = f"from time import perf_counter as t; s = t(); {code}; print(t() - s)"
        return float(run(sys.executable, "-c", timed, cwd=site, PYTHONPATH=str(site)))

    # Of as many runs the quickest, beside a module of the standard library that is read in the same minute.
    ours, theirs = [], []
    for _ in range(7):
        ours.append(seconds("import aiges_native; aiges_native.open"))
        theirs.append(seconds("import asyncio"))
    assert min(ours) <= min(theirs) / 2


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "program.c"
    path.write_text(PROGRAM)
    yield path


@pytest.fixture(params=["installed", "in place"])
def where(request: pytest.FixtureRequest, site: Path) -> Path:
    """A folder with the package: the installed wheel, or the tree with its in-place build."""
    if request.param == "in place" and not (ROOT / "aiges_native/lib/libaiges.so").exists():
        pytest.skip("this tree has no in-place build (make build)")
    return site if request.param == "installed" else ROOT


def need(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")


def test_c_program_builds_with_pkg_config_alone(where: Path, program: Path) -> None:
    need("pkg-config")
    folder = ask(where, "--pkgconfigdir")
    flags = run("pkg-config", "--cflags", "--libs", "aiges", PKG_CONFIG_PATH=folder).split()
    binary = program.with_suffix("")
    run(os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Werror", program, *flags, "-o", binary)
    assert run(binary).strip() == ask(where, "--version")


def test_c_program_builds_with_the_printed_flags(where: Path, program: Path) -> None:
    binary = program.with_suffix("")
    flags = [*ask(where, "--includes").split(), *ask(where, "--libs").split()]
    run(os.environ.get("CC", "cc"), program, *flags, "-o", binary)
    assert run(binary).strip() == ask(where, "--version")


def test_c_program_builds_with_cmake(where: Path, program: Path) -> None:
    need("cmake")
    version = ask(where, "--version")
    lists = [
        "cmake_minimum_required(VERSION 3.15)",
        "project(program C)",
        f"find_package(aiges {version.rpartition('.')[0]} REQUIRED)",
        "add_executable(program program.c)",
        "target_link_libraries(program aiges::aiges)",
        "add_library(engine SHARED program.c)",
        "target_link_libraries(engine aiges::headers)",
    ]
    (program.parent / "CMakeLists.txt").write_text("\n".join(lists))
    build = program.parent / "build"
    run("cmake", "-S", program.parent, "-B", build, f"-Daiges_DIR={ask(where, '--cmakedir')}")
    run("cmake", "--build", build)
    assert run(build / "program").strip() == version


def test_cmake_refuses_another_version(site: Path, tmp_path: Path) -> None:
    need("cmake")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(p NONE)\nfind_package(aiges 99.0 REQUIRED)\n"
    )
    command = ["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-Daiges_DIR={ask(site, '--cmakedir')}"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "compatible" in done.stderr


def test_wheel_works_after_it_was_moved(site: Path, program: Path, tmp_path: Path) -> None:
    need("pkg-config")
    moved = tmp_path / "moved"
    shutil.copytree(site, moved)
    flags = run("pkg-config", "--cflags", "--libs", "aiges", PKG_CONFIG_PATH=ask(moved, "--pkgconfigdir")).split()
    assert str(moved) in " ".join(flags)
    run(os.environ.get("CC", "cc"), program, *flags, "-o", program.with_suffix(""))
    assert run(program.with_suffix("")).strip() == ask(moved, "--version")
