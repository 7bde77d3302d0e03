"""Limits for all builds of the private engine together: a control group that they run in, of either version."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
ROOT = Path("/sys/fs/cgroup")
PERIOD = 100_000
"""Microseconds over which the processors' time is counted."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What all builds together may use. `cpus` is 0 for all processors."""

    memory_mib: int
    cpus: float
    processes: int


def make_group(name: str, limits: Limits, *, root: Path = ROOT) -> list[str]:
    """Make the group; returns the limits that could not be set here, for the operator to know."""
    unified = (root / "cgroup.controllers").exists()
    return _make_v2(root / name, limits) if unified else _make_v1(root, name, limits)


def remove_group(name: str, *, root: Path = ROOT) -> None:
    """Remove the group and what is left in it; what still runs in it keeps it."""
    for top in (root / name, *(path / name for path in root.glob("*"))):
        groups = sorted((p for p in top.rglob("*") if p.is_dir()), reverse=True)
        for group in (*groups, top):
            with suppress(OSError):
                group.rmdir()


def _make_v1(root: Path, name: str, limits: Limits) -> list[str]:
    quota = str(int(limits.cpus * PERIOD)) if limits.cpus else "-1"
    memory = str(limits.memory_mib * MIB)
    wanted = {
        "memory": {
            "memory.use_hierarchy": "1",
            "memory.limit_in_bytes": memory,
            "memory.memsw.limit_in_bytes": memory,
        },
        "pids": {"pids.max": str(limits.processes)},
        "cpu": {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": quota},
    }
    failed = []
    for controller, values in wanted.items():
        group = root / controller / name
        try:
            group.mkdir(exist_ok=True)
        except OSError:
            failed.append(controller)
            continue
        for file, value in values.items():
            optional = file in ("memory.use_hierarchy", "memory.memsw.limit_in_bytes")
            if not _write(group / file, value) and not optional:
                failed.append(controller)
    return failed


def _make_v2(group: Path, limits: Limits) -> list[str]:
    for controller in ("memory", "pids", "cpu"):
        _write(group.parent / "cgroup.subtree_control", f"+{controller}")
    try:
        group.mkdir(exist_ok=True)
    except OSError:
        return ["memory", "pids", "cpu"]
    quota = str(int(limits.cpus * PERIOD)) if limits.cpus else "max"
    wanted = {
        "memory": ("memory.max", str(limits.memory_mib * MIB)),
        "pids": ("pids.max", str(limits.processes)),
        "cpu": ("cpu.max", f"{quota} {PERIOD}"),
    }
    _write(group / "memory.swap.max", "0")
    return [name for name, (file, value) in wanted.items() if not _write(group / file, value)]


def _write(path: Path, value: str) -> bool:
    try:
        path.write_text(value)
    except OSError:
        return False
    return True
