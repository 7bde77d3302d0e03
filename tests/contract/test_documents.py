"""What documents point at is there: files, headings, make targets and variables."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from boatyard.shared.settings import known_variables
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings
from tests.architecture.tree import ROOT, files

DOCUMENTS = [path for path in files("*.md") if path.parts[0] != "console"]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=str)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"\bBOATYARD_[A-Z_]+[A-Z]\b")
_TARGET = re.compile(r"(?:^ {4}|`)make ([a-z-]+)", re.MULTILINE)
WRITTEN_BY_BENCHMARKS = "docs/reference/benchmarks.md"
"""Only a quiet machine can write it, so a clone may be without."""


@functools.cache
def headings(path: Path) -> set[str]:
    """The anchors that the headings of a document get."""
    text = _CODE.sub("", path.read_text())
    return {anchor(heading) for heading in _HEADING.findall(text)}


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", shown).strip().replace(" ", "-")


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    text = _CODE.sub("", (ROOT / document).read_text())
    broken = [link for link in _LINK.findall(text) if is_broken(document, link)]
    assert not broken, f"{document} links to what is not there: {', '.join(broken)}"


def is_broken(document: Path, link: str) -> bool:
    """Whether a link of a document leads nowhere in this repository; the web is not asked."""
    if re.match(r"[a-z]+:", link):
        return False
    name, _, fragment = link.partition("#")
    target = ROOT / document if not name else (ROOT / document).parent / name
    if not target.exists():
        return target.resolve() != ROOT / WRITTEN_BY_BENCHMARKS
    return bool(fragment) and fragment not in headings(target)


@each_document
def test_variables_are_read_by_something(document: Path) -> None:
    known = known_variables([StandaloneSettings, *(service.settings for service in SERVICES)])
    for path in files("compose*.yaml"):
        known |= set(_VARIABLE.findall((ROOT / path).read_text()))
    prefixes = {name.rpartition("_")[0] for name in known}
    named = set(_VARIABLE.findall((ROOT / document).read_text()))
    unknown = named - known - prefixes
    assert not unknown, f"{document} names what nothing reads: {', '.join(sorted(unknown))}"


@each_document
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    unknown = set(_TARGET.findall((ROOT / document).read_text())) - targets
    assert not unknown, f"{document} names targets that are not there: {', '.join(unknown)}"
