"""Projects from templates: their trees, what stands in them, and that a failure leaves the disk as it was."""

from __future__ import annotations

import ast
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from engines.contract import (
    ALREADY_INIT,
    AUDIO,
    BEGIN,
    BUSY,
    CONTINUE,
    END,
    INVALID_ARG,
    NOT_READY,
    ONCE,
    TEXT,
    UNKNOWN_HANDLE,
    UNKNOWN_RESOURCE,
    Callback,
    Library,
    data,
    nodes,
    params,
)

from aiges_native import paths
from aiges_native.project import ProjectError
from aiges_native.project.create import TEMPLATES_BY_NAME, create, service_id
from aiges_native.sdk.settings import read_settings, wrapper_config

COMMON = {"Dockerfile", "README.md", "aiges.toml", "requirements.txt", "test_wrapper.py", "wrapper/wrapper.py"}
TREES = {
    "once": COMMON | {"wrapper/test_data/test.png"},
    "stream": COMMON | {"wrapper/test_data/test.pcm"},
    "async": COMMON,
    "c-engine": {"CMakeLists.txt", "Makefile", "README.md", "engine.c", "requirements.txt", "test_engine.py"},
}
WRAPPERS = [name for name in TREES if name != "c-engine"]
PLACEHOLDER = re.compile(rb"@[A-Z]+@")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("template", TREES)
def test_tree(tmp_path: Path, template: str) -> None:
    made = create("My Service", tmp_path, template)
    folder = tmp_path / "My Service"
    assert set(tree(folder)) == TREES[template] == {str(path.relative_to(folder)) for path in made}
    assert [path.name for path in tmp_path.iterdir()] == ["My Service"]
    for name, content in tree(folder).items():
        assert content and not PLACEHOLDER.search(content), name
    assert b"# My Service\n" in tree(folder)["README.md"]


def test_every_template_is_tested() -> None:
    assert set(TEMPLATES_BY_NAME) == set(TREES)


@pytest.mark.parametrize("template", TREES)
def test_python_compiles_and_is_documented(tmp_path: Path, template: str) -> None:
    for path in create("a", tmp_path, template):
        if path.suffix != ".py":
            continue
        module = ast.parse(path.read_text())
        assert ast.get_docstring(module)
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and path.name == "wrapper.py":
                assert ast.get_docstring(node), f"{template}: {node.name}"


@pytest.mark.parametrize("template", WRAPPERS)
def test_the_name_is_the_service(tmp_path: Path, template: str) -> None:
    create("Mein Dienst.2 @NAME@", tmp_path, template)
    folder = tmp_path / "Mein Dienst.2 @NAME@"
    assert 'serviceId = "Mein-Dienst-2--NAME-"\n' in (folder / "wrapper/wrapper.py").read_text()
    assert (folder / "README.md").read_text().startswith("# Mein Dienst.2 @NAME@\n")
    assert "docker build -t mein-dienst-2-name ." in (folder / "Dockerfile").read_text()


@pytest.mark.parametrize("template", WRAPPERS)
def test_settings_are_read(tmp_path: Path, template: str) -> None:
    create("a", tmp_path, template)
    assert wrapper_config(read_settings(tmp_path / "a/aiges.toml")) == {"common.lic": "10"}


def test_files_have_the_rights_that_the_author_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        create("a", tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "a/wrapper/wrapper.py").stat().st_mode) == 0o640


def test_service_id() -> None:
    assert service_id("a_B-9") == "a_B-9"
    assert service_id("ä b.c") == "--b-c"


@pytest.mark.parametrize("template", TREES)
def test_a_project_passes_its_own_tests(tmp_path: Path, template: str) -> None:
    if template == "c-engine":
        need("make", "cc")
    create("my-project", tmp_path, template)
    shown = runs(tmp_path / "my-project", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in shown and "skipped" not in shown


@pytest.mark.parametrize("template", WRAPPERS)
def test_a_project_runs_on_its_own_test_values(tmp_path: Path, template: str) -> None:
    create("my-project", tmp_path, template)
    assert runs(tmp_path / "my-project", "wrapper/wrapper.py").endswith("\nverified\n")
    assert "0 errors, 0 warnings" in runs(tmp_path / "my-project", "-m", "aiges", "check")


def runs(folder: Path, *words: str) -> str:
    """What Python prints in a folder; it must succeed."""
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "its name is empty; try -n NAME"),
        (".", "no name of a new folder"),
        ("..", "no name of a new folder"),
        ("a/b", "no path separator; try -n 'b' -p FOLDER"),
        ("/a", "no path separator"),
        ("a/..", "no path separator; try -n 'NAME'"),
        ("a\\b", "no path separator; try -n 'b'"),
        ("a\nb", r"'a\\nb' holds control characters; try -n 'ab'"),
        ("a\0", "control characters"),
        (" a", "begins and ends with no space"),
        ("-a", "begins with no '-'; try -n 'a'"),
        ("x" * 101, "longer than 100 bytes"),
        ("视觉", "no ASCII letter or digit"),
        ("---.", "begins with no '-'; try -n '.'"),
    ],
)
def test_bad_names_are_told(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(ProjectError, match=why) as caught:
        create(name, tmp_path)
    assert len(str(caught.value).splitlines()) == 1 and str(caught.value).startswith("cannot create ")
    assert not list(tmp_path.iterdir())


def test_an_unknown_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no template 'twice'; try once or stream or async or c-engine"):
        create("a", tmp_path, "twice")
    assert not list(tmp_path.iterdir())


def test_a_missing_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"missing' is no folder; try mkdir -p '.*missing'"):
        create("a", tmp_path / "missing")
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/README.md").write_text("mine")
    with pytest.raises(ProjectError, match="is not empty; try another name, or --force"):
        create("a", tmp_path)
    assert tree(tmp_path) == {"a/README.md": b"mine"}


@pytest.mark.parametrize("force", [False, True])
def test_a_file_of_that_name_is_left_alone(tmp_path: Path, force: bool) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / "b").symlink_to("nowhere")
    for name in "ab":
        with pytest.raises(ProjectError, match="is there and is no folder"):
            create(name, tmp_path, force=force)
    assert (tmp_path / "a").read_text() == "mine" and (tmp_path / "b").is_symlink()


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    create("a", tmp_path)
    assert set(tree(tmp_path / "a")) == TREES["once"]


def test_force_replaces_its_own_files_only(tmp_path: Path) -> None:
    create("a", tmp_path)
    whole = tree(tmp_path / "a")
    (tmp_path / "a/wrapper/wrapper.py").write_text("old")
    (tmp_path / "a/wrapper/model.bin").write_text("mine")
    (tmp_path / "a/README.md").unlink()
    create("a", tmp_path, force=True)
    assert tree(tmp_path / "a") == {**whole, "wrapper/model.bin": b"mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_force_takes_everything_back_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "a/wrapper/wrapper.py").mkdir(parents=True)  # in the way of the last file
    (tmp_path / "a/README.md").write_text("mine")
    with pytest.raises(ProjectError, match=r"wrapper\.py': a folder is in the way"):
        create("a", tmp_path, force=True)
    assert tree(tmp_path) == {"a/README.md": b"mine"}
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["README.md", "wrapper"]
    assert [path.name for path in (tmp_path / "a/wrapper").iterdir()] == ["wrapper.py"]


@pytest.mark.parametrize("method", ["write_bytes", "replace", "mkdir"])
def test_nothing_is_left_of_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(ProjectError, match="no space left on device; try -p with a folder you may write to"):
        create("a", tmp_path)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())


# --- the engine in C ----------------------------------------------------------------------------------------------

NO_TEXT, BAD_NUMBER, ENDED, METHOD_MISSING = 5001, 5002, 5003, -20024


def need(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"'{tool}' is not installed (Debian, Ubuntu: apt-get install gcc make cmake)")


@pytest.fixture(scope="module")
def c_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("make", "cc")
    folder = tmp_path_factory.mktemp("c")
    create("words", folder, "c-engine")
    command = ["make", "-s", "-C", folder / "words", f"PYTHON={sys.executable}", "CFLAGS=-O1 -g -Wpedantic -Werror"]
    subprocess.run(command, check=True)
    return folder / "words"


@pytest.fixture
def engine(c_project: Path):  # type: ignore[no-untyped-def]
    library = Library(str(c_project / "libwords.so"))
    assert library.Init(None) == 0
    yield library
    assert library.Fini() == 0


def test_engine_is_small(c_project: Path) -> None:
    assert len((c_project / "engine.c").read_text().splitlines()) <= 250


def test_engine_exports_the_contract_and_nothing_else(c_project: Path) -> None:
    need("nm")
    command = ["nm", "--dynamic", "--defined-only", "--format=posix", c_project / "libwords.so"]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    declared = set(re.findall(r"^WrapperAPI .*?(\w+)\(", (paths.include_dir() / "aiges/wrapper.h").read_text(), re.M))
    assert len(declared) == 15
    assert {line.split()[0] for line in table.splitlines()} == declared | {"aiges_abi_version"}


def test_engine_builds_with_cmake(tmp_path: Path) -> None:
    need("cmake", "cc")
    create("words", tmp_path, "c-engine")
    folder = tmp_path / "words"
    subprocess.run(
        ["cmake", "-S", folder, "-B", folder / "build", f"-Daiges_DIR={paths.cmake_dir()}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(["cmake", "--build", folder / "build"], check=True, stdout=subprocess.DEVNULL)
    assert Library(str(folder / "libwords.so")).Version() == b"1.0.0"


@pytest.mark.parametrize(
    ("request_", "wishes", "code", "words"),
    [
        (data(("a", b"to be or\nnot  to\tbe")), {}, 0, "6"),
        (data(("a", b"to be", TEXT, BEGIN), ("b", b"or", TEXT, END)), {}, 0, "3"),
        (data(("a", b"to"), ("b", b"be"), ("c", b"\0\xff", AUDIO)), {}, 0, "2"),
        (data(("a", b"")), {}, 0, "0"),
        (data(("a", b"to be seen")), {"min": 3}, 0, "1"),
        (data(("a", b"to be seen")), {"min": 1000}, 0, "0"),
        (data(("a", b"to be")), {"min": 1001}, BAD_NUMBER, None),
        (data(("a", b"to be")), {"min": "1" * 40}, BAD_NUMBER, None),
        (data(("a", b"to be")), {"min": ""}, BAD_NUMBER, None),
        (data(("a", b"\0\xff", AUDIO)), {}, NO_TEXT, None),
        (None, {}, NO_TEXT, None),
    ],
)
def test_engine_counts(engine: Library, request_: object, wishes: dict[str, object], code: int, words: str) -> None:
    seen_code, seen = engine.exec(request_, params(**wishes))
    assert seen_code == code and engine.Error(code)
    if words is not None:
        assert [(n["key"], n["data"].decode(), n["type"], n["status"]) for n in seen] == [("words", words, TEXT, ONCE)]


def test_engine_session_is_read(engine: Library) -> None:
    code, handle = engine.create(params(min=2))
    assert code == 0 and engine.read(handle) == (0, [])
    seen = []
    for text, status in ((b"to b", BEGIN), (b"e o", CONTINUE), (b"r", END)):
        assert engine.Write(handle, data(("k", text, TEXT, status))) == 0
        seen += [(node["data"], node["status"]) for node in engine.read(handle)[1]]
    assert seen == [(b"1", BEGIN), (b"2", CONTINUE), (b"3", END)]
    assert engine.read(handle) == (0, [])
    assert engine.Write(handle, data(("k", b"more", TEXT, END))) == ENDED
    assert engine.Destroy(handle) == 0


def test_engine_session_with_callback_may_end_inside_it(engine: Library) -> None:
    seen, codes, handle = [], [], 0

    @Callback
    def take(tag, response, code):  # type: ignore[no-untyped-def]
        seen.extend((tag, code, node["data"], node["status"]) for node in nodes(response))
        codes.append(engine.Fini())
        if seen[-1][-1] == END:
            codes.append(engine.Destroy(handle))
        return 0

    tag = b"mine"
    _, handle = engine.create(callback=take, tag=tag)
    assert engine.Write(handle, data(("k", b"\0", AUDIO, BEGIN))) == 0  # no text: nothing to tell
    assert engine.Write(handle, data(("k", b"to be", TEXT, BEGIN))) == 0
    assert engine.Write(handle, data(("k", b"", TEXT, ONCE))) == 0
    assert seen == [(b"mine", 0, b"1", BEGIN), (b"mine", 0, b"2", END)]
    assert codes == [BUSY, BUSY, 0]
    assert engine.Destroy(handle) == UNKNOWN_HANDLE


def test_engine_refuses_by_code(engine: Library) -> None:
    assert engine.Init(None) == ALREADY_INIT
    assert engine.create(params(min="x")) == (BAD_NUMBER, None)
    assert engine.create(ids=[5]) == (UNKNOWN_RESOURCE, None)
    assert engine.exec(data(("a", b"to")), ids=[5])[0] == UNKNOWN_RESOURCE
    assert engine.LoadRes(None, 1) == engine.UnloadRes(1) == METHOD_MISSING
    assert engine.exec_async(data(("a", b"to")), Callback(lambda *_: 0)) == METHOD_MISSING
    assert engine.Exec(b"t", None, None, None, None, 0) == engine.ExecFree(b"t", None) == INVALID_ARG
    for stale in (None, 12345):
        assert engine.Write(stale, None) == engine.read(stale)[0] == engine.Destroy(stale) == UNKNOWN_HANDLE
    assert engine.Error(424242) and engine.DebugInfo(None) == b"" and engine.aiges_abi_version() == 65536


def test_engine_has_defaults_in_its_configuration(c_project: Path) -> None:
    engine = Library(str(c_project / "libwords.so"))
    assert engine.exec(data(("a", b"to")))[0] == engine.create()[0] == NOT_READY
    assert engine.Fini() == 0
    assert engine.Init(params(min="x")) == BAD_NUMBER
    assert engine.Init(params(min=3)) == 0
    assert engine.exec(data(("a", b"to be seen")))[1][0]["data"] == b"1"
    assert engine.exec(data(("a", b"to be seen")), params(min=0))[1][0]["data"] == b"3"
    handle = engine.create()[1]
    assert engine.Fini() == 0
    assert engine.Destroy(handle) == UNKNOWN_HANDLE
    assert engine.Init(None) == engine.Fini() == 0


def test_engine_serves_many_threads(engine: Library) -> None:
    faults: list[object] = []

    def work() -> None:
        for _ in range(50):
            handle = engine.create()[1]
            if engine.Write(handle, data(("k", b"to be", TEXT, END))) or engine.read(handle)[1][0]["data"] != b"2":
                faults.append("session")
            if engine.exec(data(("k", b"to be")))[1][0]["data"] != b"2" or engine.Destroy(handle):
                faults.append("exec")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
