"""A document in Chinese says the same as the one in English, as far as a program can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files

CHINESE = ".zh-CN.md"
GUIDES = [path for path in files("docs/guides/*.md") if not path.name.endswith(CHINESE)]
each_document = pytest.mark.parametrize("document", [Path("README.md"), *GUIDES], ids=str)
each_guide = pytest.mark.parametrize("document", GUIDES, ids=str)
"""The README in Chinese has a list of words besides."""
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_REMARK = re.compile(r"(^|\s{2,})#\s.*$")
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
_ROW = re.compile(r"^\|", re.MULTILINE)


def translated(document: Path) -> Path:
    return document.with_name(document.name.removesuffix(".md") + CHINESE)


def code(text: str) -> list[str]:
    """The lines of all code, without remarks, which are translated."""
    lines = (line for block in blocks(text) for line in block.splitlines())
    return [bare for line in lines if (bare := _REMARK.sub("", line).strip())]


def blocks(text: str) -> Iterator[str]:
    yield from _FENCED.findall(text)
    for paragraph in _FENCED.sub("", text).split("\n\n"):
        if paragraph.startswith("    "):
            yield paragraph


@each_document
def test_a_document_has_a_chinese_one_and_each_leads_to_the_other(document: Path) -> None:
    chinese = ROOT / translated(document)
    assert chinese.exists(), f"{document} is to be translated into {translated(document)}"
    assert f"({translated(document).name})" in (ROOT / document).read_text()
    assert f"({document.name})" in chinese.read_text()


@each_document
def test_both_have_the_same_commands(document: Path) -> None:
    english, chinese = (ROOT / document).read_text(), (ROOT / translated(document)).read_text()
    assert code(chinese) == code(english)


@each_guide
def test_both_are_laid_out_alike(document: Path) -> None:
    english, chinese = (ROOT / document).read_text(), (ROOT / translated(document)).read_text()
    for pattern in (_HEADING, _ROW):
        assert pattern.findall(_FENCED.sub("", chinese)) == pattern.findall(
            _FENCED.sub("", english)
        )
    assert len(_IMAGE.findall(chinese)) == len(_IMAGE.findall(english))
