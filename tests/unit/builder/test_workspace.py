"""The folders of processes that share a disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from boatyard.builder.workspace import Workspace


def test_who_begins_at_the_same_time_leaves_the_others_their_folders(tmp_path: Path) -> None:
    workspaces = [Workspace(tmp_path / "work") for _ in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(Workspace.open, workspaces))
    assert all(workspace.folder.is_dir() for workspace in workspaces)
    for workspace in workspaces:
        workspace.close()
