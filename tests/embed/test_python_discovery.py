"""What csrc/embed/python promises: the right Python is found, opened and started.

The sources are compiled with the probe into a program and into a shared library
that is called libwrapper.so, so nothing of the rest of the project is needed.

AIGES_TEST_PYTHONS names the interpreters to try (colon separated); otherwise
pyenv's 3.10 to 3.13 are taken, and where there are none only the running one.
"""

from __future__ import annotations

import glob
import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "csrc" / "embed" / "python"
PROBE = Path(__file__).with_name("python_probe.cpp")
CXX = os.environ.get("CXX", "g++")
FLAGS = [
    "-std=c++17",
    "-O0",
    "-fPIC",
    "-fvisibility=hidden",
    "-fexceptions",
    "-Wall",
    "-Wextra",
    "-Werror",
]
SYSTEM_PYTHON = Path("/usr/bin/python3")


def find_pythons() -> list[str]:
    named = os.environ.get("AIGES_TEST_PYTHONS", "")
    if named:
        return [name for name in named.split(":") if name]
    pyenv = glob.glob(str(Path("~/.pyenv/versions/3.1[0-3].*/bin/python").expanduser()))
    return sorted(pyenv) or [sys.executable]


PYTHONS = find_pythons()


def build_program(folder: Path) -> None:
    objects = []
    commands = []
    for source in [*sorted(SOURCES.glob("*.cpp")), PROBE]:
        target = folder / (source.stem + ".o")
        objects.append(str(target))
        commands.append([CXX, *FLAGS, "-DPROBE_MAIN", f"-I{SOURCES}", "-c", str(source), "-o", str(target)])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(lambda command: subprocess.run(command, capture_output=True, text=True), commands):
            assert done.returncode == 0, done.stderr
    subprocess.run([CXX, *objects, "-o", str(folder / "probe"), "-ldl", "-pthread"], check=True)
    subprocess.run(
        [CXX, "-shared", *objects, "-o", str(folder / "libwrapper.so"), "-ldl", "-pthread"],
        check=True,
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `probe`, `libwrapper.so` and the object files."""
    if shutil.which(CXX) is None:
        pytest.skip(f"no compiler {CXX!r}")
    folder = tmp_path_factory.mktemp("probe")
    build_program(folder)
    return folder


@pytest.fixture(scope="session")
def venvs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One venv per interpreter."""
    folder = tmp_path_factory.mktemp("venvs")

    def make(numbered: tuple[int, str]) -> tuple[str, Path]:
        number, python = numbered
        target = folder / f"venv{number}"
        subprocess.run(
            [python, "-m", "venv", "--without-pip", str(target)],
            check=True,
            env=clean_environment(),
        )
        return python, target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(pool.map(make, enumerate(PYTHONS)))


def clean_environment(**extra: str) -> dict[str, str]:
    # A sanitizer's options are for the probe's build, not for what is tested.
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {"PATH": "/nonexistent", "HOME": os.environ.get("HOME", "/"), **kept, **extra}


class Probe:
    def __init__(self, program: Path):
        self.program = program

    def __call__(self, *words: object, cwd: Path | None = None, **environment: str) -> dict[str, str]:
        done = subprocess.run(
            [str(self.program), *map(str, words)],
            env=clean_environment(**environment),
            cwd=cwd,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=60,
        )
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return answers(done.stdout)

    def find(self, configured: object = "", library: object = "", **options) -> dict[str, str]:
        return self("find", configured, library, **options)


def answers(output: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


@pytest.fixture(scope="session")
def probe(built: Path) -> Probe:
    return Probe(built / "probe")


@pytest.fixture(scope="session", params=PYTHONS, ids=lambda python: Path(python).parents[1].name)
def python(request: pytest.FixtureRequest, probe: Probe) -> str:
    """Each interpreter that has a shared libpython."""
    found = probe.find(request.param)
    if "linked statically" in found["error"]:
        pytest.skip(found["error"])
    assert found["error"] == ""
    return request.param


@pytest.fixture(scope="session")
def any_python(probe: Probe) -> str:
    for candidate in PYTHONS:
        if not probe.find(candidate)["error"]:
            return candidate
    pytest.skip("no interpreter with a shared libpython")


def ask(python: str, expression: str) -> str:
    command = [python, "-c", f"import sys, sysconfig; print({expression})"]
    done = subprocess.run(command, check=True, env=clean_environment(), capture_output=True, text=True)
    return done.stdout.strip()


def version_of(python: str) -> str:
    return ask(python, "'%d.%d.%d' % sys.version_info[:3]")


def series_of(python: str) -> str:
    return ask(python, "'%d.%d' % sys.version_info[:2]")


def copy_venv(original: Path, target: Path) -> Path:
    """Another venv of the same base, without running Python for it."""
    (target / "bin").mkdir(parents=True)
    shutil.copy(original / "pyvenv.cfg", target)
    base = os.path.realpath(original / "bin" / "python")
    for name in ("python", "python3"):
        (target / "bin" / name).symlink_to(base)
    return target


def fake_python(program: Path, prefix: Path, name: str) -> Path:
    """An ELF program that is called like an interpreter and linked to no libpython."""
    (prefix / "bin").mkdir(parents=True, exist_ok=True)
    target = prefix / "bin" / name
    shutil.copy(program, target)
    library = prefix / "lib" / name
    library.mkdir(parents=True, exist_ok=True)
    (library / "os.py").touch()
    return target


def script(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\necho this must never run >&2\nexit 3\n")
    file.chmod(0o755)
    return file


def place_library(venv: Path, series: str) -> Path:
    package = venv / "lib" / f"python{series}" / "site-packages" / "aiges_native" / "_native"
    package.mkdir(parents=True, exist_ok=True)
    (package / "libwrapper.so").touch()
    return package / "libwrapper.so"


# --- which environment -------------------------------------------------------------------


def test_places_are_tried_in_the_documented_order(probe, any_python, venvs, tmp_path):
    names = ["config", "variable", "virtual", "around", "sidecar", "path"]
    made = {name: copy_venv(venvs[any_python], tmp_path / name) for name in names}
    library = place_library(made["around"], series_of(any_python))
    (library.parent / "libwrapper.python").write_text(f"{made['sidecar']}/bin/python3\n")
    bare = tmp_path / "copy" / "libwrapper.so"
    bare.parent.mkdir()
    shutil.copy(library, bare)
    shutil.copy(library.parent / "libwrapper.python", bare.parent)
    alone = tmp_path / "libwrapper.so"

    def chosen(configured="", where=library, **environment):
        found = probe.find(configured, where, PATH=f"{made['path']}/bin", **environment)
        assert found["error"] == ""
        return Path(found["executable"]).parents[1].name, found["source"]

    variable = {"AIGES_PYTHON": f"{made['variable']}/bin/python"}
    virtual = {"VIRTUAL_ENV": str(made["virtual"])}
    configured = made["config"] / "bin" / "python"
    assert chosen(configured, **variable, **virtual) == ("config", "config key python.executable")
    assert chosen(**variable, **virtual) == ("variable", "AIGES_PYTHON")
    assert chosen(**virtual) == ("virtual", "VIRTUAL_ENV")
    assert chosen() == ("around", "the environment around libwrapper.so")
    assert chosen(where=bare) == ("sidecar", f"'{bare.parent}/libwrapper.python'")
    assert chosen(where=alone) == ("path", "python3 on PATH")


def test_environment_names_the_venv_and_its_base(probe, python, venvs):
    executable = venvs[python] / "bin" / "python"
    found = probe.find(executable)
    assert found["executable"] == str(executable)
    assert found["version"] == version_of(python)
    assert Path(found["base_prefix"]).samefile(ask(python, "sys.base_prefix"))
    assert Path(found["libpython"]).is_absolute()
    assert series_of(python) in Path(found["libpython"]).name


@pytest.mark.parametrize("rule", ["config", "AIGES_PYTHON"])
def test_named_interpreter_that_does_not_work_is_an_error(probe, any_python, venvs, tmp_path, rule):
    usable = {"VIRTUAL_ENV": str(venvs[any_python]), "PATH": f"{venvs[any_python]}/bin"}

    def refused(name: object) -> str:
        named = {} if rule == "config" else {"AIGES_PYTHON": str(name)}
        found = probe.find("" if named else name, **usable, **named)
        assert str(name) in found["error"]
        assert found["executable"] == ""
        return found["error"]

    assert "does not exist" in refused(tmp_path / "missing" / "python3")
    assert "is a folder" in refused(tmp_path)
    assert "is a script" in refused(script(tmp_path / "shims" / "python3"))
    assert "PATH does not lead to" in refused("python3.99")
    assert "not a CPython" in refused(shutil.which("ls"))
    assert rule in refused(tmp_path / "missing" / "python3")
    plain = tmp_path / "plain"
    plain.write_bytes(b"\x7fELF")
    assert "is not executable" in refused(plain)
    plain.chmod(0o755)
    assert "damaged" in refused(plain)


def test_named_interpreter_may_be_relative_or_a_program_name(probe, any_python, venvs):
    folder = venvs[any_python]
    assert probe.find("./bin/python", cwd=folder)["executable"] == f"{folder}/bin/python"
    assert probe.find("python", PATH=f"{folder}/bin")["executable"] == f"{folder}/bin/python"


def test_too_old_python_is_refused(probe, built, tmp_path):
    old = fake_python(built / "probe", tmp_path, "python3.9")
    assert "is Python 3.9, too old (needs 3.10 or newer)" in probe.find(old)["error"]


def test_other_implementation_is_refused(probe, built, tmp_path):
    other = fake_python(built / "probe", tmp_path, "pypy3.10")
    assert "is not CPython" in probe.find(other)["error"]


def test_statically_linked_python_says_what_to_install(probe, built, tmp_path):
    error = probe.find(fake_python(built / "probe", tmp_path, "python3.11"))["error"]
    for part in [
        "linked statically",
        f"'{tmp_path}/lib'",
        f"'{tmp_path}/lib64'",
        "libpython3.11.so.1.0",
        "apt-get install libpython3.11",
        "PYTHON_CONFIGURE_OPTS=--enable-shared",
        "conda install",
    ]:
        assert part in error
    pyenv = fake_python(built / "probe", tmp_path / ".pyenv" / "versions" / "3.11.7", "python3.11")
    assert "apt-get" not in probe.find(pyenv)["error"]


def test_statically_linked_python_with_a_library_beside_it_works(probe, built, any_python, tmp_path):
    series = series_of(any_python)
    static = fake_python(built / "probe", tmp_path, f"python{series}")
    library = tmp_path / "lib" / f"libpython{series}.so.1.0"
    library.write_text("not a library\n")
    assert "linked statically" in probe.find(static)["error"]
    real = probe.find(any_python)["libpython"]
    library.unlink()
    for folder in ["lib", "lib64", f"lib/{os.uname().machine}-linux-gnu"]:
        target = tmp_path / folder / library.name
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(real)
        found = probe.find(static)
        assert (found["error"], found["libpython"]) == ("", str(target))
        target.unlink()


def test_free_threaded_build_takes_its_own_library(probe, built, any_python, tmp_path):
    real = probe.find(any_python)["libpython"]
    executable = fake_python(built / "probe", tmp_path, "python3.13t")
    (tmp_path / "lib" / "libpython3.13.so.1.0").symlink_to(real)
    assert "libpython3.13t.so.1.0" in probe.find(executable)["error"]
    (tmp_path / "lib" / "libpython3.13t.so.1.0").symlink_to(real)
    assert probe.find(executable)["libpython"] == f"{tmp_path}/lib/libpython3.13t.so.1.0"


def test_venv_of_copied_files_is_understood(probe, any_python, venvs, tmp_path):
    venv = copy_venv(venvs[any_python], tmp_path / "copies")
    for name in ("python", "python3"):
        target = venv / "bin" / name
        real = os.path.realpath(target)
        target.unlink()
        shutil.copy(real, target)
    found = probe.find(venv / "bin" / "python")
    assert found["error"] == ""
    assert found["libpython"] == probe.find(any_python)["libpython"]


def test_virtualenv_style_cfg_is_understood(probe, any_python, venvs, tmp_path):
    venv = copy_venv(venvs[any_python], tmp_path / "virtualenv")
    cfg = (venv / "pyvenv.cfg").read_text()
    home = next(line for line in cfg.splitlines() if line.startswith("home"))
    version = version_of(any_python)
    (venv / "pyvenv.cfg").write_text(f"{home}\nimplementation = CPython\nversion_info = {version}.final.0\n")
    assert probe.find(venv / "bin" / "python")["version"] == version
    (venv / "pyvenv.cfg").write_text(f"{home}\nimplementation = PyPy\n")
    assert "is not CPython" in probe.find(venv / "bin" / "python")["error"]


def test_venv_made_from_a_venv_has_the_real_base(probe, any_python, venvs, tmp_path):
    """Python 3.10 writes the outer venv's folder as `home`."""
    outer = venvs[any_python]
    inner = copy_venv(outer, tmp_path / "inner")
    version = version_of(any_python)
    (inner / "pyvenv.cfg").write_text(f"home = {outer}/bin\nversion = {version}\n")
    found = probe.find(inner / "bin" / "python")
    assert Path(found["base_prefix"]).samefile(ask(any_python, "sys.base_prefix"))
    source = "import sys; sys.answer = sys.prefix"
    assert probe("start", inner / "bin" / "python", "", source)["answer"] == str(inner)


def test_venv_whose_base_is_gone_is_told(probe, any_python, venvs, tmp_path):
    venv = copy_venv(venvs[any_python], tmp_path / "orphan")
    (venv / "bin" / "python3").unlink()
    (venv / "bin" / "python3").symlink_to(tmp_path / "gone" / "python3")
    assert "broken link" in probe.find(venv / "bin" / "python3")["error"]


def test_every_place_tried_is_in_the_error(probe, built, tmp_path):
    library = tmp_path / "host" / "libwrapper.so"
    library.parent.mkdir()
    library.touch()
    (library.parent / "libwrapper.python").write_text(f"{tmp_path}/nowhere/python\n")
    shim = script(tmp_path / "shims" / "python3")
    static = fake_python(built / "probe", tmp_path / "static", "python3.12")
    static.rename(static.with_name("python3"))
    error = probe.find(
        library=library,
        VIRTUAL_ENV=f"{tmp_path}/deleted",
        PATH=f"relative::{shim.parent}:{static.parent}",
    )["error"]
    for part in [
        "no usable Python was found",
        f"VIRTUAL_ENV: no working '{tmp_path}/deleted/bin/python3'",
        f"'{library}' is in no site-packages folder",
        f"'{tmp_path}/nowhere/python' does not exist",
        f"'{shim}' is a script",
        "Python 3.12 at",
        "AIGES_PYTHON",
    ]:
        assert part in error


def test_shims_and_relative_entries_on_path_are_passed_over(probe, any_python, venvs, tmp_path):
    script(tmp_path / "python3")
    path = f".::{tmp_path}:{venvs[any_python]}/bin"
    found = probe.find(PATH=path, cwd=venvs[any_python] / "bin")
    assert found["executable"] == f"{venvs[any_python]}/bin/python3"


def test_library_reached_through_a_link_keeps_its_environment(probe, any_python, venvs, tmp_path):
    venv = copy_venv(venvs[any_python], tmp_path / "venv")
    library = place_library(venv, series_of(any_python))
    link = tmp_path / "host" / "libwrapper.so"
    link.parent.mkdir()
    link.symlink_to(library)
    found = probe.find(library=link)
    assert found["source"] == "the environment around libwrapper.so"
    assert Path(found["executable"]).parents[1] == venv
    assert probe.find(library="./host/libwrapper.so", cwd=tmp_path)["executable"] == found["executable"]


def test_sidecar_stands_beside_the_link_not_its_target(probe, any_python, venvs, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "libwrapper.so").touch()
    (tmp_path / "store" / "libwrapper.python").write_text("/wrong/python\n")
    host = tmp_path / "host"
    host.mkdir()
    (host / "libwrapper.so").symlink_to(tmp_path / "store" / "libwrapper.so")
    (host / "libwrapper.python").write_text(f"  {venvs[any_python]}/bin/python \r\nignored\n")
    assert probe.find(library=host / "libwrapper.so")["executable"] == f"{venvs[any_python]}/bin/python"
    copy_venv(venvs[any_python], tmp_path / "near")
    (host / "libwrapper.python").write_text("../near/bin/python")
    assert probe.find(library=host / "libwrapper.so")["error"] == ""
    (host / "libwrapper.python").write_text("\n")
    assert "first line names no interpreter" in probe.find(library=host / "libwrapper.so")["error"]


def test_no_library_path_does_not_mean_the_working_directory(probe, any_python, venvs, tmp_path):
    (tmp_path / "libwrapper.python").write_text(f"{venvs[any_python]}/bin/python\n")
    assert "no usable Python" in probe.find(cwd=tmp_path)["error"]


@pytest.mark.skipif(not SYSTEM_PYTHON.exists(), reason="no system Python")
def test_system_python_and_a_venv_of_it(probe, tmp_path):
    """Debian's is linked statically; its libpython lies in the multiarch folder."""
    found = probe.find(SYSTEM_PYTHON)
    if found["error"]:
        assert "install" in found["error"] or "too old" in found["error"]
        pytest.skip(found["error"])
    subprocess.run(
        [str(SYSTEM_PYTHON), "-m", "venv", "--without-pip", str(tmp_path / "v")],
        check=True,
        env=clean_environment(),
    )
    started = probe("start", tmp_path / "v" / "bin" / "python", "", "import sys; sys.answer = sys.prefix")
    assert (started["start_error"], started["answer"]) == ("", str(tmp_path / "v"))
    assert started["open_path"] == found["libpython"]


# --- opening and starting ------------------------------------------------------------------

IMPORTS = """
import sys, os, json, subprocess, asyncio, signal, ssl
try:
    import numpy
except ImportError:
    pass
sys.answer = json.dumps([sys.executable, sys.prefix, sys.version.split()[0], sys.flags.utf8_mode,
                         os.environ.get('LC_CTYPE'), os.fsencode('\\u4f60').hex(), sys.stdout.encoding])
"""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "unset"])
def test_start_leaves_the_host_as_it_was(probe, python, venvs, locale):
    executable = venvs[python] / "bin" / "python"
    # The base has NumPy where a venv has none.
    for name in (executable, python):
        options = {"LC_ALL": "C"} if locale == "unset" else {"PROBE_LOCALE": locale, "LANG": "C"}
        started = probe("start", name, "", IMPORTS, **options)
        assert started["start_error"] == ""
        assert started["presence"] == "opened"
        assert (started["holds_gil"], started["main_state"], started["run"]) == ("1", "1", "0")
        assert (started["same_after_start"], started["same_after_imports"]) == ("1", "1")
        answer = json.loads(started["answer"])
        assert answer[2:] == [version_of(python), 1, None, "e4bda0", "utf-8"]
    started = probe("start", executable, "", IMPORTS)
    assert json.loads(started["answer"])[:2] == [str(executable), str(venvs[python])]


def test_start_honours_pythonpath_and_extension_modules_load(probe, python, tmp_path):
    (tmp_path / "of_the_host.py").write_text("import math, _ctypes, _socket\nvalue = 'imported'\n")
    source = "import sys, of_the_host; sys.answer = of_the_host.value"
    assert probe("start", python, "", source, PYTHONPATH=str(tmp_path))["answer"] == "imported"


def test_names_that_are_not_ascii_survive(probe, any_python, venvs, tmp_path):
    venv = copy_venv(venvs[any_python], tmp_path / "环境 é")
    started = probe("start", venv / "bin" / "python", "", "import sys; sys.answer = sys.prefix", LC_ALL="C")
    assert started["answer"] == str(venv)


def test_thread_that_started_python_may_end(probe, python):
    answer = probe("start-on-thread", python, "", "import sys, threading; sys.answer = 'alive'")
    assert (answer["answer"], answer["main_state"]) == ("alive", "1")


def test_wrong_pythonhome_is_an_error_and_can_be_tried_again(probe, python, tmp_path):
    started = probe("start", python, "", "", PYTHONHOME=str(tmp_path))
    assert f"PYTHONHOME is '{tmp_path}', which holds no standard library" in started["start_error"]
    assert "restart the process" not in started["again_error"]


def test_start_that_fails_half_way_leaves_the_host_alive(probe, python, tmp_path):
    (tmp_path / "lib" / f"python{series_of(python)}" / "encodings").mkdir(parents=True)
    for variables, text in [
        ({"PYTHONHOME": str(tmp_path)}, "PYTHONHOME is"),
        ({"PYTHONHASHSEED": "bad"}, "PYTHONHASHSEED must be"),
        ({"PYTHONMALLOC": "bad"}, "unknown allocator"),
        ({"PYTHONIOENCODING": "bad"}, "stdio encoding"),
    ]:
        started = probe("start", python, "", "", **variables)
        assert "did not start: " in started["start_error"]
        assert text in started["start_error"]
        assert "restart the process" in started["again_error"]


def test_right_pythonhome_is_honoured(probe, any_python):
    home = ask(any_python, "sys.base_prefix")
    started = probe("start", any_python, "", "import sys; sys.answer = sys.base_prefix", PYTHONHOME=home)
    assert started["answer"] == home


def test_library_of_another_version_is_refused_and_closed(probe, any_python):
    library = probe.find(any_python)["libpython"]
    version = version_of(any_python)
    opened = probe("open", library, "3.10.99")
    for part in [library, version, "3.10.99", "/some/venv/bin/python", "found by a test"]:
        assert part in opened["open_error"]
    assert opened["left_loaded"] == "absent"
    assert probe("open", library, series_of(any_python))["open_error"] == ""


def test_venv_left_behind_by_an_update_of_its_base_is_refused(probe, any_python, venvs, tmp_path):
    venv = copy_venv(venvs[any_python], tmp_path / "stale")
    cfg = (venv / "pyvenv.cfg").read_text()
    (venv / "pyvenv.cfg").write_text(cfg.replace(version_of(any_python), series_of(any_python) + ".99"))
    error = probe("start", venv / "bin" / "python", "", "")["open_error"]
    assert version_of(any_python) in error and ".99" in error and "--upgrade" in error


def test_file_that_is_no_python_is_refused(probe, built):
    assert "is not a CPython library" in probe("open", built / "libwrapper.so", "3.11")["open_error"]
    assert "cannot open libpython" in probe("open", "/nowhere/libpython3.11.so.1.0", "3.11")["open_error"]
    assert "no absolute path" in probe("open", "libpython3.11.so.1.0", "3.11")["open_error"]


def test_python_error_becomes_text(probe, python):
    answer = probe("error", python, "", "no_such_module")
    assert (answer["none"], answer["imported"], answer["pending"]) == ("", "0", "0")
    assert answer["text"] == "ModuleNotFoundError: No module named 'no_such_module'"


# --- a Python that is there already --------------------------------------------------------


def load_into(python: str, library: Path) -> dict[str, str]:
    program = (
        "import ctypes, sys\n"
        "library = ctypes.PyDLL(sys.argv[1])\n"
        "words = (ctypes.c_char_p * 1)(b'loaded')\n"
        "sys.exit(library.probe_run(1, words))\n"
    )
    command = [python, "-c", program, str(library)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return answers(done.stdout)


def test_running_python_is_joined_as_a_guest(built, python, venvs):
    for name in (python, str(venvs[python] / "bin" / "python")):
        loaded = load_into(name, built / "libwrapper.so")
        assert (loaded["open_error"], loaded["presence"], loaded["guest"]) == ("", "guest", "1")
        assert loaded["open_version"] == version_of(python)
        assert loaded["same_after_imports"] == "1"


@pytest.mark.skipif(not SYSTEM_PYTHON.exists(), reason="no system Python")
def test_statically_linked_python_is_joined_as_a_guest(built):
    if int(ask(str(SYSTEM_PYTHON), "sys.version_info[1]")) < 10:
        pytest.skip("the system Python is too old")
    loaded = load_into(str(SYSTEM_PYTHON), built / "libwrapper.so")
    assert (loaded["open_error"], loaded["presence"]) == ("", "guest")


def test_process_without_python_has_none(probe):
    assert probe("loaded")["presence"] == "absent"


def test_hidden_running_python_is_joined(probe, python):
    library = probe.find(python)["libpython"]
    source = "import sys, math, _socket; sys.answer = sys.version.split()[0]"
    host = probe("local-host", library, "initialize", python, "", source)
    assert host["hidden_before"] == "1"
    assert (host["open_error"], host["presence"], host["guest"]) == ("", "guest", "1")
    assert host["answer"] == version_of(python)


def test_hidden_loaded_python_is_started_not_doubled(probe, python, venvs):
    library = probe.find(python)["libpython"]
    source = "import sys, math, _socket; sys.answer = sys.prefix"
    host = probe("local-host", library, "load", venvs[python] / "bin" / "python", "", source)
    assert host["hidden_before"] == "1"
    assert (host["open_error"], host["presence"], host["guest"]) == ("", "used", "0")
    assert Path(host["open_path"]).samefile(library)
    assert host["answer"] == str(venvs[python])


@pytest.mark.skipif(len(PYTHONS) < 2, reason="needs two interpreters")
def test_loaded_python_passes_over_environments_of_another(probe, venvs):
    one, other = PYTHONS[0], PYTHONS[-1]
    library = probe.find(one)["libpython"]
    if not library or series_of(one) == series_of(other):
        pytest.skip("needs two versions")
    refused = probe("local-host", library, "load", other, "", "")
    assert "is already in this process" in refused["error"]
    path = f"{venvs[other]}/bin:{venvs[one]}/bin"
    taken = probe("local-host", library, "load", "", "", "", PATH=path, VIRTUAL_ENV=str(venvs[other]))
    assert (taken["start_error"], taken["executable"]) == ("", f"{venvs[one]}/bin/python3")


# --- pieces --------------------------------------------------------------------------------


def test_hostile_elf_files_do_not_crash(probe, built, any_python, tmp_path):
    whole = Path(os.path.realpath(any_python)).read_bytes()[:65536]
    rng = random.Random(7)
    files = []

    def keep(data: bytes) -> None:
        files.append(tmp_path / f"elf{len(files)}")
        files[-1].write_bytes(data)

    for length in [0, 1, 3, 4, 16, 63, 64, 65, 120, *rng.sample(range(len(whole)), 80)]:
        keep(whole[:length])
    for _ in range(300):
        broken = bytearray(whole)
        # The headers and the dynamic section are all that is read.
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(1024) if rng.random() < 0.7 else rng.randrange(len(broken))
            broken[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        keep(bytes(broken))
    for offset in [32, 40, 52, 54, 56]:
        keep(whole[:offset] + b"\xff" * 8 + whole[offset + 8 :])
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    done = subprocess.run(
        [
            str(built / "probe"),
            "elf",
            *map(str, files),
            str(fifo),
            str(tmp_path),
            "/dev/zero",
            "/nowhere",
        ],
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(files) + 4
    assert lines[:7] == [b"elf=invalid"] * 7
    assert lines[-4:] == [b"elf=invalid"] * 4


def test_needed_and_runpath_are_read(probe, tmp_path):
    source = tmp_path / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    for tags, name in [("--enable-new-dtags", "runpath"), ("--disable-new-dtags", "rpath")]:
        target = tmp_path / name
        options = f"-Wl,{tags},-rpath,$ORIGIN/../lib:/opt/lib"
        subprocess.run(
            [CXX, "-xc", str(source), options, "-Wl,--no-as-needed", "-o", str(target), "-lm"],
            check=True,
        )
        read = probe("elf", target)["elf"]
        assert "needed:libm.so.6" in read and read.endswith("path:/opt/lib")
        assert "path:$ORIGIN/../lib" in read


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("$ORIGIN/../lib", "/opt/bin/../lib"),
        ("${ORIGIN}", "/opt/bin"),
        ("/usr/lib", "/usr/lib"),
        ("lib", ""),
        ("", ""),
        ("$LIB/x", ""),
        ("/usr/$LIB", ""),
        ("$ORIGINAL", ""),
    ],
)
def test_origin_is_expanded(probe, entry, expected):
    assert probe("expand", entry, "/opt/bin")["expanded"] == expected


def test_origin_with_a_dollar_is_no_token(probe):
    assert probe("expand", "$ORIGIN/lib", "/opt/$ORIGIN/bin")["expanded"] == "/opt/$ORIGIN/bin/lib"


@pytest.mark.parametrize(
    "text",
    [
        b"a/b",
        "é你😀".encode(),
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xe4\xbd",
        b"\xf5\x80\x80\x80",
        b"\xf4\x90\x80\x80",
    ],
)
def test_utf8_is_decoded_as_python_does(built, text):
    done = subprocess.run([built / "probe", "wide", text], capture_output=True, check=True, env={"LC_ALL": "C"})
    expected = " ".join(f"{ord(letter):x}" for letter in text.decode("utf-8", "surrogateescape"))
    assert done.stdout.decode().strip() == f"wide={expected}"


@pytest.mark.skipif(shutil.which("nm") is None, reason="no binutils")
def test_nothing_is_linked_to_python_or_runs_at_load(built):
    undefined = subprocess.run(
        ["nm", "-D", "--undefined-only", str(built / "libwrapper.so")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert not [line for line in undefined.split() if line.startswith(("Py", "_Py"))]
    for word in ("fork", "vfork", "execve", "execvp", "posix_spawn", "system", "popen"):
        assert f" {word}@" not in undefined
    objects = [str(built / f"{source.stem}.o") for source in SOURCES.glob("*.cpp")]
    symbols = subprocess.run(["nm", *objects], check=True, capture_output=True, text=True).stdout
    assert "_GLOBAL__sub_I" not in symbols
    assert "__cxa_atexit" not in symbols
