"""The disk queue under the reporter keeps every line it took, in order, whatever is killed when."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from parrot_client import spool as spool_module
from parrot_client.spool import Batch, Spool


def lines(*numbers: int) -> bytes:
    return b"".join(b'{"n":%d}\n' % number for number in numbers)


class SpoolMachine(RuleBasedStateMachine):
    """Appends, reads, acknowledges and restarts in any order, against a list."""

    def __init__(self) -> None:
        super().__init__()
        self._temporary = tempfile.TemporaryDirectory()
        self.root = Path(self._temporary.name)
        self.segment_bytes, spool_module.SEGMENT_BYTES = spool_module.SEGMENT_BYTES, 60
        self.spool = Spool.create(self.root, "local")
        self.waiting: list[bytes] = []
        self.count = 0

    @rule(size=st.integers(1, 6))
    def append(self, size: int) -> None:
        new = [lines(self.count + i) for i in range(size)]
        self.spool.append(b"".join(new))
        self.waiting += new
        self.count += size

    @rule(max_lines=st.integers(1, 5), max_bytes=st.integers(1, 100), part=st.booleans())
    def send(self, max_lines: int, max_bytes: int, *, part: bool) -> None:
        batch = self.spool.read(max_lines=max_lines, max_bytes=max_bytes)
        if batch is None:
            assert self.waiting == []
            return
        assert list(batch.lines) == self.waiting[: len(batch.lines)]
        assert len(batch.lines) <= max_lines
        if not part:
            self.spool.acknowledge(batch)
            self.spool.acknowledge(Batch(lines=(), segment=1, offset=0))  # a late answer to an older batch
            del self.waiting[: len(batch.lines)]

    @rule(torn=st.booleans())
    def restart(self, *, torn: bool) -> None:
        """Another process finds the folder, maybe with half a line that the dead one was writing."""
        if not self.waiting:
            return
        folder = self.spool._folder  # pyright: ignore[reportPrivateUsage]
        self.spool.close()
        newest = max(folder.glob("*.ndjson"))
        if torn:
            with newest.open("ab") as file:
                file.write(b'{"n":')
        (self.spool,) = Spool.adopt(self.root, "local")

    @invariant()
    def emptiness_is_known(self) -> None:
        assert self.spool.is_empty == (not self.waiting)

    def teardown(self) -> None:
        self.spool.close()
        assert any(self.root.iterdir()) == bool(self.waiting)
        spool_module.SEGMENT_BYTES = self.segment_bytes
        self._temporary.cleanup()


TestSpool = SpoolMachine.TestCase
TestSpool.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_a_spool_in_use_or_for_another_workspace_is_left_alone(tmp_path: Path) -> None:
    mine = Spool.create(tmp_path, "https://a.example")
    mine.append(lines(1))
    assert list(Spool.adopt(tmp_path, "https://a.example")) == []
    mine.close()
    assert list(Spool.adopt(tmp_path, "https://b.example")) == []
    (adopted,) = Spool.adopt(tmp_path, "https://a.example")
    adopted.close()


def test_a_full_disk_is_an_error_and_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool.create(tmp_path, "local")
    spool.append(lines(1))
    real_write = os.write

    def write_a_little(fd: int, data: bytes) -> int:
        return real_write(fd, data[:3])

    monkeypatch.setattr(os, "write", write_a_little)
    with pytest.raises(OSError, match="could not write"):
        spool.append(lines(2))
    monkeypatch.undo()
    spool.append(lines(3))
    batch = spool.read(max_lines=10, max_bytes=1000)
    assert batch is not None
    assert b"".join(batch.lines) == lines(1, 3)
    spool.acknowledge(batch)
    spool.close()
