"""The modules of ``aiges`` that wrappers import: same objects everywhere, and a cure for those that are gone."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiges_native import sdk
from aiges_native.sdk import codes, constants, logs, sessions
from aiges_native.sdk.retired import INSTEAD, RetiredFinder, explain

SESSIONS = [
    "Context", "HandleThread", "ModelProcess", "Pool", "ProcessThreadPool", "ReqHandleThread", "RequestPool",
    "SessionManager", "StreamHandleThread", "ThreadPool", "WorkerProcess", "WorkerThread",
]  # fmt: skip
MODULES = {
    "aiges.stream": (sessions, SESSIONS),
    "aiges.worker": (sessions, ["InferClass", "Worker"]),
    "aiges.concurrent.fixpool": (sessions, ["FixedPool", "Pool"]),
    "aiges.concurrent.pool": (sessions, ["Pool"]),
    "aiges.utils.log": (logs, ["fmt", "getFileLogger", "getLogger", "level", "log", "logpath"]),
    "aiges.errors": (codes, ["INIT_ERROR", "OK", "USER_EXEC_ERROR", "USER_INIT_ERROR"]),
    "aiges.core.types": (constants, constants.__all__),
    "aiges.types": (constants, constants.__all__),
    "aiges": (sdk, ["DataListCls", "DataListNode", "Response", "ResponseData", "SessionCreateResponse"]),
}


@pytest.mark.parametrize("name", MODULES)
def test_the_names_are_those_of_the_sdk(name: str) -> None:
    module = importlib.import_module(name)
    home, names = MODULES[name]
    assert {each: getattr(module, each) for each in names} == {each: getattr(home, each) for each in names}
    assert module.__doc__


def test_values() -> None:
    errors, top = importlib.import_module("aiges.errors"), importlib.import_module("aiges")
    assert (errors.OK, errors.INIT_ERROR, errors.USER_INIT_ERROR, errors.USER_EXEC_ERROR) == (0, 30001, 30002, 30003)
    assert (top.EXIT_SIG, top.__version__.count(".")) == (-1, 2)
    assert (constants.SUB, constants.CALL, constants.CALL_TYPE) == ("ase", "atmos", 0)
    assert (constants.HOSTS, constants.ROUTEKEY) == (["api.xf-yun.com"], [])
    assert constants.type_map == {"text": 0, "audio": 1, "image": 2, "video": 3}


def test_import_star_gives_the_data_constants_only() -> None:
    names: dict[str, object] = {}
    exec("from aiges.core.types import *", names)
    assert set(names) - {"__builtins__"} == set(constants.__all__)


@pytest.mark.parametrize("name", INSTEAD)
def test_modules_that_are_gone_name_the_cure(name: str) -> None:
    importlib.import_module("aiges.core")
    with pytest.raises(ImportError) as caught:
        importlib.import_module(name)
    assert str(caught.value) == f"'{name}' of AIGES is not offered by aiges_native; {INSTEAD[name]}"
    assert "\n" not in str(caught.value)
    assert caught.value.name == name


@pytest.mark.parametrize("name", ["aiges.client.client", "aiges.schema.aischema"])
def test_their_submodules_as_well(name: str) -> None:
    with pytest.raises(ImportError, match="is not offered by aiges_native; "):
        importlib.import_module(name)


def test_an_unknown_module_is_simply_not_there() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'aiges\.nonsense'"):
        importlib.import_module("aiges.nonsense")


def test_the_finder_is_there_once() -> None:
    explain()
    assert sys.meta_path.count(RetiredFinder) == 1  # type: ignore[arg-type]


def test_importing_them_all_is_quiet_and_stays_in_the_standard_library(tmp_path: Path) -> None:
    code = f"""
import sys
before = set(sys.modules)
import {", ".join(MODULES)}
own = ("aiges_native", "aiges", "aiges_embed")
roots = {{n.partition(".")[0] for n in set(sys.modules) - before if not n.startswith(("cython_runtime", "_cython_"))}}
print(*sorted(root for root in roots if root not in sys.stdlib_module_names and root not in own))
heavy = {{"multiprocessing", "asyncio", "tomllib", "tarfile", "argparse", "pprint", "tempfile"}}
print(*sorted(heavy & (set(sys.modules) - before)))
import logging, threading
print(threading.active_count(), logging.getLogger().handlers, logging.getLogger("aiges").handlers)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "\n\n1 [] []\n"
    assert not list(tmp_path.iterdir())


def test_commands_give_wrappers_our_packages_whatever_else_is_installed(tmp_path):
    other = tmp_path / "site" / "aiges"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise AssertionError('another aiges was imported')\n")
    (tmp_path / "wrapper.py").write_text(
        "from aiges.sdk import *\nclass Wrapper(WrapperBase):\n    def wrapperOnceExec(self, params, reqData):\n"
        "        return Response([ResponseData('r', 'ours')])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(other.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "aiges_native", "run", "--input", "a=b"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and "ours" in done.stdout, done.stderr
