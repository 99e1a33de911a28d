"""Headers: frozen layout and values, alone and clean in every language they promise, readable by a stranger."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from abi.headings import functions, problems
from engines.contract import Library, data

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INCLUDE = ROOT / "include"
HEADERS = sorted(path.name for path in (INCLUDE / "aiges").glob("*.h"))
STRICT = ["-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}"]
C_ONLY = ["-Wstrict-prototypes"]
COMPILERS = {"c11": ["gcc", "clang"], "c17": ["gcc", "clang"], "c++17": ["g++", "clang++"], "c++20": ["g++", "clang++"]}
CASES = [(std, compiler) for std, compilers in COMPILERS.items() for compiler in compilers]
FIFTEEN = set(re.findall(r"^WrapperAPI .*?wrapper(\w+)\(", (INCLUDE / "aiges/wrapper.h").read_text(), re.MULTILINE))


def compile_text(compiler: str, std: str, text: str, *flags: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    language = "c++" if "++" in std else "c"
    strict = [*STRICT, *(C_ONLY if language == "c" else [])]
    command = [compiler, f"-std={std}", "-x", language, "-fsyntax-only", *strict, *flags, "-"]
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(("std", "compiler"), CASES)
def test_header_compiles_alone_and_twice(header, std, compiler):
    include = f'#include "aiges/{header}"\n'
    main = "int main(void) { return 0; }\n"
    compile_text(compiler, std, include * 2 + main, "-Wpedantic")


@pytest.mark.parametrize("layout", ["layout.h", "loader_layout.h"])
@pytest.mark.parametrize(("std", "compiler"), CASES)
def test_layout_and_values_are_frozen(layout, std, compiler):
    # -Wno-unused: the layout has an inline function that nobody calls
    compile_text(compiler, std, f'#include "{layout}"\nint main(void) {{ return 0; }}\n', f"-I{HERE}", "-Wno-unused")


def test_types_are_plain_c_in_cpp():
    compile_text("g++", "c++17", (HERE / "layout.cpp").read_text(), f"-I{HERE}", "-Wno-unused")


@pytest.mark.parametrize("flag", ["-fshort-enums", "-m32"])
def test_other_layouts_are_refused_at_compile_time(flag):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    command = ["gcc", "-ffreestanding", "-fsyntax-only", flag, f"-I{INCLUDE}", "-x", "c", "-"]
    done = subprocess.run(command, input='#include "aiges/type.h"\n', text=True, capture_output=True)
    if "unrecognized command-line option" in done.stderr or "sorry, unimplemented" in done.stderr:
        pytest.skip(f"the compiler has no {flag}")
    assert done.returncode != 0 and "static assertion failed" in done.stderr


@pytest.mark.parametrize(
    ("std", "compiler"),
    [(std, "gcc") for std in ("gnu89", "gnu99", "gnu11", "gnu17")] + [(std, "g++") for std in ("gnu++11", "gnu++17")],
)
def test_old_sources_still_compile(std, compiler, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    library = tmp_path / "libold.so"
    source = [HERE / "old_style.c"] if "++" not in std else ["-x", "c++", "-fpermissive", "-w", HERE / "old_style.c"]
    # Not -Werror, as such sources are built; but an error is an error.
    subprocess.run([compiler, f"-std={std}", "-shared", "-fPIC", f"-I{INCLUDE}", *source, "-o", library], check=True)
    engine = Library(str(library))
    assert engine.Init(None) == 0 and engine.Version() == b"3.0.0"
    assert engine.exec(data(("k", b"old")))[1][0]["desc"] == {"rate": "16000"}


def test_macros_are_guards_exports_and_values_only():
    for header in HEADERS:
        for name in re.findall(r"^\s*#\s*define\s+(\w+)", (INCLUDE / "aiges" / header).read_text(), re.MULTILINE):
            assert name == "WrapperAPI" or name.startswith(("AIGES_", "__AIGES_")), f"{header}: {name}"


def test_every_function_has_its_headings():
    text = (INCLUDE / "aiges/wrapper.h").read_text()
    assert problems(text) == []
    found = functions(text)
    assert len(FIFTEEN) == 15 and set(found) >= {f"wrapper{name}" for name in FIFTEEN}
    assert {"wrapperCallback", "wrapperMeterCustom", "wrapperTraceLog", "aiges_session_cancel_fn"} <= set(found)


def test_missing_heading_is_noticed():
    text = (INCLUDE / "aiges/wrapper.h").read_text()
    broken = text.replace(" * handle:     consumed always.\n", "").replace("Threads:    alone.", "alone.", 1)
    assert problems(broken) == ["wrapperInit: Threads", "wrapperDestroy: handle"]


@pytest.fixture(scope="module")
def readme_engine(tmp_path_factory) -> str:
    block = re.search(r"^```c\n(.*?)^```", (INCLUDE / "aiges/README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    folder = tmp_path_factory.mktemp("readme")
    (folder / "words.c").write_text(block)
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    flags = ["-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", *STRICT, *C_ONLY]
    subprocess.run(["cc", *flags, "-o", folder / "libwords.so", folder / "words.c"], check=True)
    return str(folder / "libwords.so")


def test_engine_of_the_readme_works(readme_engine):
    engine = Library(readme_engine)
    request = data(("text", b"to be or not to be"), ("more", b" two words "))
    assert engine.exec(request)[0] == 5002
    assert engine.Init(None) == 0
    code, seen = engine.exec(request)
    assert (code, seen[0]["key"], seen[0]["data"]) == (0, "words", b"8")
    assert engine.exec(None) == (5001, []) and engine.create() == (5005, None)
    assert engine.Fini() == 0 and engine.exec(request)[0] == 5002


def test_engine_of_the_readme_opens_in_the_loader(readme_engine):
    libaiges = ROOT / "aiges_native/lib/libaiges.so"
    if not libaiges.exists():
        pytest.skip("libaiges.so is not built (make build)")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from engines.contract import Loader, data\n"
        "loader = Loader(sys.argv[2])\n"
        "assert loader.open(sys.argv[3]) == 0 and loader.init() == 0, loader.last_error()\n"
        "assert loader.exec(data(('t', b'a b c')))[1][0]['data'] == b'3'\n"
        "assert loader.close() == 0\n"
    )
    command = [sys.executable, "-c", program, ROOT / "tests", libaiges, readme_engine]
    subprocess.run(command, check=True, timeout=60)
