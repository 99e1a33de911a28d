"""House rules about the tree as a whole: nothing of one machine in it, a changelog that keeps up."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from aiges_native.paths import __version__

ROOT = Path(__file__).resolve().parents[2]

#: Of one machine, or of one network: a stranger's clone has none of them.
PLACES = re.compile(
    r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work|opt/pypi\S*)/|/tmp/(?:wt|venv)-|file:///"
    r"|https?://[\w.-]+\.(?:internal|corp|lan|local)\b|https?://\d+\.\d+\.\d+\.\d+"
)
#: Where packages and images come from is the user's own configuration.
REGISTRIES = re.compile(
    r"pypi\.org/simple|pythonhosted\.org|pypi\.tuna|mirrors?\.(?:aliyun|tencent|ustc|tuna|163|huaweicloud)|anaconda\.org"
    r"|docker\.io|ghcr\.io|quay\.io|gcr\.io|npmjs\.org|proxy\.golang\.org|goproxy|artifactory|--(?:extra-)?index-url"
)
HERE = "tests/repo/test_tree.py"


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.split("\0") if name and name != HERE and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    found = []
    for name in tracked():
        try:
            found.append((name, (ROOT / name).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue  # a picture
    return found


@pytest.mark.parametrize("pattern", [PLACES, REGISTRIES], ids=["machine paths", "registries"])
def test_nothing_of_one_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_binaries_and_nothing_large() -> None:
    for name in tracked():
        assert not name.endswith((".so", ".o", ".a", ".whl", ".pyc", ".onnx")), name
        assert (ROOT / name).stat().st_size < 512 * 1024, name


def test_texts_end_with_one_newline() -> None:
    for name, text in texts():
        assert not text or (text.endswith("\n") and not text.endswith("\n\n")), name
        assert "\r" not in text, name


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", text, re.MULTILINE)
    assert newest is not None and newest[1] == __version__
    entry = text[newest.end() :].partition("\n## ")[0]
    assert len(entry.split()) > 5, "say what it brought"


def test_links_between_documents_lead_somewhere() -> None:
    for name, text in texts():
        if not name.endswith(".md"):
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not target.startswith("mailto:"):
                assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"
