"""libaiges.so as a C host sees it: tests/unit/loader/driver.c, over engines built for the purpose.

Three flavours: the library as it is shipped, with AddressSanitizer and UBSan, with ThreadSanitizer; and a driver and
engines of each. AIGES_TEST_SANITIZE=plain (or any of plain,address,thread) builds and runs only what it names.
"""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiges_native import paths

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "loader"
ROOMS = ("common", "buffers", "stats", "symbols", "loader")
INCLUDES = [f"-I{ROOT}/include", f"-I{ROOT}/csrc"]
COMMON = ["-g", "-fPIC", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-pthread"]
FLAVOURS = {
    "plain": ["-O2"],
    "address": ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"],
    "thread": ["-O1", "-fsanitize=thread"],
}
SANITIZED = "san.so" in os.environ.get("LD_PRELOAD", "")
CHOSEN = os.environ.get("AIGES_TEST_SANITIZE", "plain,address,thread").split(",")

pytestmark = pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")


def compile_all(jobs: list[list[str]]) -> None:
    def run(command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, jobs))


@dataclass
class Build:
    """One flavour of the library, the driver and the engines."""

    flavour: str
    folder: Path

    def run(self, *arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
        environment = {
            **os.environ,
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
            "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
            **(env or {}),
        }
        command = [str(self.folder / "driver"), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=300)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.stdout.endswith("ok\n") and done.stderr == "", done.stdout + done.stderr
        return done.stdout.removesuffix("ok\n")

    def command(self, name: str) -> str:
        return self.run(name, self.folder / "libengine.so", self.folder / "libinstances.so")


def build_library(flavour: str, folder: Path) -> None:
    """One translation unit of all sources: what takes a compiler's time is the same headers again and again."""
    target = folder / "libaiges.so"
    if flavour == "plain":
        shutil.copy(paths.lib_dir() / "libaiges.so", target)
        return
    sources = [path for room in ROOMS for path in sorted((ROOT / "csrc" / room).glob("*.cpp"))]
    whole = folder / "libaiges.cpp"
    whole.write_text("".join(f'#include "{path}"\n' for path in sources))
    script = ROOT / "csrc/loader/libaiges.map"
    link = ["-shared", "-Wl,-soname,libaiges.so", f"-Wl,--version-script={script}", "-ldl"]
    compile_all([["g++", "-std=c++17", *COMMON, *FLAVOURS[flavour], *INCLUDES, str(whole), *link, "-o", str(target)]])


def build(flavour: str, folder: Path) -> Build:
    flags = [*COMMON, *FLAVOURS[flavour]]
    c = ["gcc", "-std=c11", *flags, *INCLUDES]
    cxx = ["g++", "-std=c++17", *flags, *INCLUDES]
    stats = [ROOT / "csrc/stats" / name for name in ("clock.cpp", "slot.cpp", "thread_shard.cpp")]

    def engine(name: str, *defines: str) -> list[str]:
        return [*c, "-shared", *defines, str(HERE / "engine.c"), "-o", str(folder / f"lib{name}.so")]

    internals = [str(HERE / "internals.cpp"), str(ROOT / "csrc/buffers/shared_buffer.cpp"), str(stats[0])]
    (folder / "bridged.o").unlink(missing_ok=True)
    build_library(flavour, folder)
    compile_all(
        [
            [*cxx, *internals, "-o", str(folder / "internals")],
            [*c, str(HERE / "driver.c"), f"-L{folder}", "-laiges", "-Wl,-rpath,$ORIGIN", "-o", str(folder / "driver")],
            engine("engine"),
            engine("instances", "-DINSTANCES"),
            engine("without_exec", "-DWITHOUT_EXEC"),
            engine("abi2", "-DABI_MAJOR=2"),
            [*cxx, "-shared", str(HERE / "throwing_engine.cpp"), "-o", str(folder / "libthrowing.so")],
            [*c, "-DINSTANCES", "-DWITH_STATS", "-c", str(HERE / "engine.c"), "-o", str(folder / "bridged.o")],
        ]
    )
    bridged = [str(HERE / "stats_bridge.cpp"), *map(str, stats), str(folder / "bridged.o")]
    compile_all([[*cxx, "-shared", *bridged, "-o", str(folder / "libbridged.so")]])
    return Build(flavour, folder)


@pytest.fixture(scope="module", params=CHOSEN)
def any_build(request, tmp_path_factory) -> Build:
    return build(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def loader(any_build) -> Build:
    """Every flavour that has nothing against fork and many short commands."""
    if any_build.flavour == "thread":
        pytest.skip("one thread, or a fork: nothing for ThreadSanitizer")
    return any_build


def failure(build: Build, name: str | Path, code: int, **run) -> str:
    """The sentence that opening `name` fails with, which must end with its code."""
    found, _, sentence = build.run("open", name, **run).partition(" ")
    assert int(found) == code, sentence
    assert sentence.endswith(f"code {code})\n")
    return sentence


@pytest.mark.parametrize(
    "command",
    [
        "exec_and_stats",
        "bad_arguments",
        "deadline",
        "two_engines",
        "many_engines",
        "stop_with_requests",
        "hooks",
        "forced_unwind",
        "forked",
        "stats_elsewhere",
        "buffers",
        "crowd",
    ],
)
def test_loader_keeps_its_promises(loader, command):
    loader.command(command)


@pytest.mark.parametrize("command", ["threads", "async", "async_threads", "sessions", "close_busy", "close_race"])
def test_loader_keeps_its_promises_between_threads(any_build, command):
    any_build.command(command)


def test_two_libraries_count_into_one_slot(any_build):
    any_build.run("counting_engine", any_build.folder / "libbridged.so")


def test_exceptions_of_an_engine_become_codes(loader):
    loader.run("throwing", loader.folder / "libthrowing.so")


def test_parts_without_a_c_function(loader):
    done = subprocess.run([loader.folder / "internals"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stdout + done.stderr


def test_a_missing_symbol_is_named(loader):
    sentence = failure(loader, loader.folder / "libwithout_exec.so", -20102)
    assert "symbol 'wrapperExec' is missing (engine ABI 1 needs 15 symbols; code -20102)" in sentence


def test_all_missing_symbols_are_named(loader, tmp_path):
    source = tmp_path / "empty.c"
    source.write_text("int unused;")
    subprocess.run(["gcc", "-shared", "-fPIC", source, "-o", tmp_path / "empty.so"], check=True)
    sentence = failure(loader, tmp_path / "empty.so", -20102)
    assert sentence.count("'wrapper") == 15 and "symbols 'wrapperSetCtrl', " in sentence


def test_another_abi_is_refused_with_both_versions(loader):
    sentence = failure(loader, loader.folder / "libabi2.so", -20103)
    assert "built for engine ABI 2.0, this library speaks 1.0" in sentence


def test_a_broken_library_is_refused_with_the_linkers_words(loader, tmp_path):
    broken = tmp_path / "libbroken.so"
    broken.write_text("no library")
    assert "libbroken.so: " in failure(loader, broken, -20101)


def test_a_missing_file_is_named(loader, tmp_path):
    assert f"there is no file '{tmp_path}/libno.so'" in failure(loader, tmp_path / "libno.so", -20100)
    assert "holds neither 'wrapper.py' nor 'libwrapper.so'" in failure(loader, tmp_path, -20100)


def test_an_unknown_name_tells_where_it_was_looked_for(loader, tmp_path):
    sentence = failure(loader, "nowhere", -20100, cwd=tmp_path, env={"AIGES_LIBRARY_PATH": "/one:/two"})
    assert f"in '/one', '/two', '{tmp_path}/library', '{loader.folder}/engines'" in sentence


@pytest.mark.parametrize("file", ["foo.so", "libfoo.so", "foo/libwrapper.so"])
def test_engines_are_found_by_name(loader, tmp_path, file):
    target = tmp_path / "library" / file
    target.parent.mkdir(parents=True)
    shutil.copy(loader.folder / "libengine.so", target)
    assert loader.run("open", "foo", cwd=tmp_path) == f"0 \n{target}\n"


def test_the_library_path_comes_before_the_working_directory(loader, tmp_path):
    for folder in ("library", "other"):
        (tmp_path / folder).mkdir()
        shutil.copy(loader.folder / "libengine.so", tmp_path / folder / "libfoo.so")
    found = loader.run("open", "foo", cwd=tmp_path, env={"AIGES_LIBRARY_PATH": f"{tmp_path}/other"})
    assert found == f"0 \n{tmp_path}/other/libfoo.so\n"


@pytest.mark.parametrize("opened", ["asr", "asr/wrapper.py"])
def test_a_python_wrapper_is_told_its_file(loader, tmp_path, opened):
    (tmp_path / "asr").mkdir()
    (tmp_path / "asr/wrapper.py").write_text("")
    told = loader.run("wrapper_file", f"./{opened}", loader.folder / "libinstances.so", cwd=tmp_path)
    assert told == f"{tmp_path}/asr/wrapper.py\nasr\n"


def test_a_python_wrapper_without_the_library_to_run_it(loader, tmp_path):
    (tmp_path / "wrapper.py").write_text("")
    assert "it is a Python wrapper and there is no" in failure(loader, tmp_path, -20100)
    wrong = {"AIGES_LIBWRAPPER": str(loader.folder / "libengine.so")}
    assert "no symbol 'aiges_instance_functions'" in failure(loader, tmp_path, -20102, env=wrong)
    right = {"AIGES_LIBWRAPPER": str(loader.folder / "libinstances.so")}
    assert loader.run("open", tmp_path, env=right) == f"0 \n{tmp_path}/wrapper.py\n"


def test_a_second_copy_of_the_library_is_told(loader, tmp_path):
    if loader.flavour != "plain" or SANITIZED:
        pytest.skip("needs a program without a sanitizer's runtime")
    shutil.copy(loader.folder / "libaiges.so", tmp_path / "libaiges.so")
    program = f"""
import ctypes
ctypes.CDLL({str(loader.folder / "libaiges.so")!r})
second = ctypes.CDLL({str(tmp_path / "libaiges.so")!r})
engine = ctypes.c_void_p()
code = second.aiges_engine_open({str(loader.folder / "libengine.so").encode()!r}, None, ctypes.byref(engine))
second.aiges_last_error.restype = ctypes.c_char_p
print(code, second.aiges_last_error().decode())
"""
    done = subprocess.run(["python3", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("-20101 cannot open engines: this process has loaded two copies of libaiges.so")
    assert f"{loader.folder}/libaiges.so" in done.stdout and f"{tmp_path}/libaiges.so" in done.stdout


def test_only_the_functions_of_the_headers_are_exported(loader):
    if loader.flavour != "plain" or SANITIZED:
        pytest.skip("sanitizers export symbols of their own")
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", loader.folder / "libaiges.so"], capture_output=True, text=True, check=True
    ).stdout
    names = {line.split()[-1] for line in listing.splitlines()} - {"AIGES_1.0"}
    header = (ROOT / "include/aiges/loader.h").read_text()
    assert all(name.startswith("aiges_") and name.endswith("@@AIGES_1.0") for name in names)
    assert all(f"{name.removesuffix('@@AIGES_1.0')}(" in header for name in names)
