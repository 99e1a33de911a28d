"""What the built libraries show to the world, and what they need from it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIB = ROOT / "aiges_native/lib"
WRAPPER_H = (ROOT / "include/aiges/wrapper.h").read_text()
LOADER_H = (ROOT / "include/aiges/loader.h").read_text()
FIFTEEN = set(re.findall(r"^WrapperAPI .*?(wrapper\w+)\(", WRAPPER_H, re.MULTILINE))
OPTIONAL = {
    "aiges_abi_version",
    "aiges_session_cancel",
    "aiges_instance_functions",
    "aiges_tensor_version",
    "aiges_bridge_abi",
}


def tool(name: str, *arguments: str) -> str:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed (Debian, Ubuntu: apt-get install binutils)")
    return subprocess.run([name, *arguments], check=True, capture_output=True, text=True).stdout


def library(name: str) -> str:
    path = LIB / name
    if not path.exists():
        pytest.skip(f"{name} is not built (make build)")
    if b"__asan_init" in path.read_bytes() or b"__tsan_init" in path.read_bytes():
        pytest.skip("a sanitizer build exports its own symbols")
    return str(path)


def exported(path: str) -> set[str]:
    lines = tool("nm", "-D", "--defined-only", path).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.split()[-2] != "A"}


def test_the_contract_has_fifteen_functions():
    assert len(FIFTEEN) == 15


def test_libaiges_exports_loader_h_and_nothing_else():
    declared = set(re.findall(r"^AIGES_API .*?\b(aiges_\w+)\(", LOADER_H, re.MULTILINE))
    assert len(declared) > 20
    assert exported(library("libaiges.so")) == declared


def test_libaiges_has_symbol_versions():
    listing = tool("readelf", "--wide", "--dyn-syms", library("libaiges.so"))
    versions = set(re.findall(r"aiges_engine_open@@(\S+)", listing))
    assert versions and all(version.startswith("AIGES_") for version in versions)


def test_libwrapper_exports_the_contract_and_nothing_else():
    names = exported(library("libwrapper.so"))
    assert names >= FIFTEEN
    assert names - FIFTEEN <= OPTIONAL


@pytest.mark.parametrize("name", ["libaiges.so", "libwrapper.so"])
def test_nothing_of_python_is_needed(name):
    path = library(name)
    needed = re.findall(r"NEEDED.*\[(.+)\]", tool("readelf", "-d", path))
    assert not [item for item in needed if "python" in item]
    undefined = tool("nm", "-D", "--undefined-only", path)
    assert not re.findall(r"\b_?Py\w+", undefined)


@pytest.mark.parametrize("name", ["libaiges.so", "libwrapper.so"])
def test_no_run_path_and_the_plain_soname(name):
    dynamic = tool("readelf", "-d", library(name))
    assert re.search(r"SONAME.*\[(.+)\]", dynamic)[1] == name
    assert "RUNPATH" not in dynamic and "RPATH" not in dynamic


def test_libwrapper_stays_mapped():
    assert "NODELETE" in tool("readelf", "-d", library("libwrapper.so"))


@pytest.mark.parametrize("name", ["libaiges.so", "libwrapper.so"])
def test_thread_local_storage_leaves_room_for_others(name):
    """Static TLS is a small reserve of the process: a library that takes much of it cannot be opened late."""
    segments = re.findall(r"TLS\s+\S+ \S+ \S+ \S+ (0x[0-9a-f]+)", tool("readelf", "-lW", library(name)))
    assert all(int(size, 16) <= 256 for size in segments)


@pytest.mark.parametrize("name", ["libecho.so", "libespeak.so"])
def test_reference_engines_export_the_contract_only(name):
    path = ROOT / "library" / name
    if not path.exists():
        pytest.skip(f"{name} is not built (make engines)")
    assert exported(str(path)) == FIFTEEN | {"aiges_abi_version", "aiges_session_cancel"}
