"""Sockets that listen in another process's network namespace and are served by this one."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Callable
from typing import TypeVar

_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914
_IFF_UP = 0x1
T = TypeVar("T")


def has_own_network(pid: int) -> bool:
    """Whether a process has a network namespace that is not ours."""
    try:
        return os.stat(f"/proc/{pid}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino  # noqa: PTH116
    except OSError:
        return False


def prepare(pid: int, addresses: list[tuple[str, int]]) -> list[socket.socket]:
    """Bring the loopback of a process's network up, and listen there; OSError if that can't be."""

    def work() -> list[socket.socket]:
        _bring_up("lo")
        return [_listen(host, port) for host, port in addresses]

    return _inside(pid, work)


def _inside(pid: int, work: Callable[[], T]) -> T:
    """Do something in the network namespace of a process, in a thread that never comes back from there."""
    results: list[T] = []
    errors: list[BaseException] = []

    def enter() -> None:
        try:
            namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(namespace, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(namespace)
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=enter, name="netns")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _bring_up(name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", name.encode(), 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        _, flags = struct.unpack("16sh14x", answer)
        fcntl.ioctl(
            any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", name.encode(), flags | _IFF_UP)
        )


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    listener.setblocking(False)
    return listener
