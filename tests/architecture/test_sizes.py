"""Whatever doesn't fit on a few screens is read by nobody."""

import ast

from tests.architecture.tree import ROOT, files

MAX_FILE = 400
MAX_FUNCTION = 45


def test_no_file_is_longer_than_400_lines() -> None:
    long = [
        f"{path}: {count} lines; split it along what changes together"
        for path in files("*.py")
        if "versions" not in path.parts  # drafted by Alembic, one after the other, for all tables
        and (count := len((ROOT / path).read_text().splitlines())) > MAX_FILE
    ]
    assert not long, "\n".join(long)


def test_no_function_is_longer_than_45_lines() -> None:
    long = [
        f"{path}:{node.lineno}: {node.name} has {count} lines; give its steps names of their own"
        for path in files("*.py")
        if "versions"
        not in path.parts  # Alembic drafts those, and they are never changed afterwards
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION
    ]
    assert not long, "\n".join(long)
