"""Logs: bounded, with one cursor, readable while they are written and gone on with by another worker."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path
from uuid import uuid4

import pytest

from boatyard.builder.logs import SEGMENT_BYTES, LogStore
from boatyard.builder.masking import Masker
from boatyard.builder.transcript import Transcript

MIB = 1024 * 1024
ID = uuid4()


@pytest.fixture
def store(tmp_path: Path) -> LogStore:
    return LogStore(tmp_path, limit=4 * MIB)


def whole(store: LogStore, cursor: int = 0) -> tuple[bytes, int]:
    """What can be read from a cursor on, and how many bytes were left out."""
    data, left_out = b"", 0
    while (part := store.read(ID, cursor)).data:
        data, left_out, cursor = data + part.data, left_out + part.left_out, part.end
    return data, left_out


async def test_what_is_written_is_read_from_any_cursor(store: LogStore) -> None:
    writer = store.writer(ID)
    writer.write("one\ntwo\n")
    writer.close()
    assert whole(store) == (b"one\ntwo\n", 0)
    assert store.read(ID, 4).data == b"two\n"
    assert (store.read(ID, 8).data, store.read(ID, 99).data) == (b"", b"")
    assert store.size(ID) == 8


async def test_a_log_that_has_not_begun_is_empty(store: LogStore) -> None:
    assert (store.read(ID, 0).data, store.size(ID), store.exists(ID)) == (b"", 0, False)


async def test_it_is_read_while_it_is_written(store: LogStore) -> None:
    writer = store.writer(ID)
    bell = store.bells.next(ID)
    writer.write("a dot.")
    async with asyncio.timeout(5):
        await bell.wait()
    assert whole(store) == (b"a dot.", 0)
    writer.close()


async def test_a_flood_costs_little_and_keeps_both_ends(store: LogStore) -> None:
    writer = store.writer(ID)
    transcript = Transcript(writer, Masker(["a-secret-of-some-length"]))
    transcript.say("the beginning")
    transcript.step(1, "RUN yes")
    line = "y" * 99 + "\n"
    tracemalloc.start()
    for _ in range(50):
        transcript.text(1, line * 1000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    for _ in range(95):
        transcript.text(1, line * 10_000)
    transcript.say("the end")
    transcript.close()
    assert store.size(ID) > 100_000_000
    assert peak < 3 * MIB
    data, left_out = whole(store)
    assert len(data) <= 4 * MIB + SEGMENT_BYTES
    assert len(data) + left_out == store.size(ID)
    assert data.startswith(b"the beginning\n")
    assert data.endswith(b"the end\n")


async def test_a_cursor_means_the_same_when_the_middle_is_gone(store: LogStore) -> None:
    writer = store.writer(ID)
    for number in range(200_000):
        writer.write(f"{number:099d}\n")
    writer.close()
    near_end = 199_000 * 100
    assert store.read(ID, near_end).data[:100] == f"{199_000:099d}\n".encode()
    part = store.read(ID, 100_000 * 100)
    assert part.left_out > 0
    assert part.start % 100 == part.end % 100 or part.data[:1] == b"0"


async def test_another_worker_goes_on_at_the_end(store: LogStore) -> None:
    first = store.writer(ID)
    first.write("first attempt\n")
    first.flush()
    second = store.writer(ID)
    second.write("second attempt\n")
    second.close()
    first.write("a zombie that does not know yet\n" * 3)
    first.close()
    assert whole(store)[0].startswith(b"first attempt\nsecond attempt\n")
    assert whole(store)[0].count(b"second attempt") == 1


async def test_no_character_is_cut_in_two(store: LogStore) -> None:
    writer = store.writer(ID)
    writer.write("äß€𝄞" * 100)
    writer.close()
    cursor, text = 0, ""
    while (part := store.read(ID, cursor, limit=7)).data:
        text += part.data.decode()
        cursor = part.end
    assert text == "äß€𝄞" * 100


async def test_logs_are_found_and_removed(store: LogStore) -> None:
    store.writer(ID).close()
    assert store.exists(ID)
    assert store.ids() == [ID]
    store.remove([ID, uuid4()])
    assert not store.exists(ID)


async def test_lines_carry_the_number_of_their_step(store: LogStore) -> None:
    transcript = Transcript(store.writer(ID), Masker())
    transcript.heading("Building Dockerfile")
    transcript.step(1, "[1/2] RUN   make")
    transcript.text(1, "half a li")
    transcript.text(2, "another\nline")
    transcript.text(1, "ne\r\n\n")
    transcript.done(1, cached=False, seconds=1.23)
    transcript.done(2, cached=True, seconds=None)
    transcript.done(3, cached=False, seconds=0.1, error="exit\ncode: 7")
    transcript.close()
    assert whole(store)[0].decode() == (
        "==> Building Dockerfile\n#1 [1/2] RUN make\n#1 half a li\n#2 another\n#2 line\n"
        "#1 ne\n#1 \n#1 DONE 1.2s\n#2 CACHED\n#3 ERROR: exit code: 7\n"
    )
