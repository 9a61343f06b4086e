"""How any tool reports its work to a workspace: typed calls that return at once and lose nothing.

    with Reporter(source="nightly", connect=workspace(url, token), spool_root=folder) as reporter:
        run = reporter.session("2026-11-23", kind=Kind.FLOW, title="Nightly import", status=Status.RUNNING)
        run.step(Step(id="load", name="Load", status=Status.RUNNING))
        run.say("3 files to load", step="load")
        run.turn(TurnRecord(id="resp_1", model="claude-sonnet-4-5", tokens=Tokens(input=900, output=40)))
        run.step(Step(id="load", name="Load", status=Status.COMPLETED))
        run.update(status=Status.COMPLETED)

Every call appends to a spool on disk (`spool.py`) and a thread sends what is there, in order, many records at once
(`sender.py`). While the server is away it waits and tries again; what is left when the process ends, or is killed, is
sent by the next reporter with the same spool root and workspace.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Self

import msgspec

from parrot_client.data_dir import default_data_dir, read_server_json
from parrot_client.sender import Endpoint, Sender
from parrot_wire.records import Record, SessionPatch
from parrot_wire.session import Message, Part, Text
from parrot_wire.times import Timestamp, from_ms
from parrot_wire.values import MessageRole, RecordType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from parrot_wire.records import Refused, TurnRecord
    from parrot_wire.session import Artifact, Checkpoint, Step

CLOSE_WAIT_S = 10.0
LOCAL = "local"
"""The destination of spools for the server of a data directory, whose port changes."""

_encoder = msgspec.json.Encoder()


def workspace(url: str, token: str) -> Callable[[], Endpoint | None]:
    """The way to a workspace whose address stays the same."""
    endpoint = Endpoint(url=url.rstrip("/"), token=token)
    return lambda: endpoint


def local_workspace(data_dir: Path | None = None) -> Callable[[], Endpoint | None]:
    """The way to the workspace of this machine, wherever its server listens at the moment; it is not started."""
    folder = data_dir or default_data_dir()

    def find() -> Endpoint | None:
        info = read_server_json(folder)
        return Endpoint(url=info.url, token=info.token) if info is not None else None

    return find


class Reporter:
    """Reports the sessions of one source. Any thread may call; nothing waits for the network but `drain` and `close`.

    connect: where the workspace is now, asked anew after every failure; None while nobody knows.
    spool_root: the folder of the spools; destination: which workspace they are for, by its URL or as `LOCAL`.
    tap: hears every record once it is safe on disk.
    """

    def __init__(
        self,
        *,
        source: str,
        connect: Callable[[], Endpoint | None],
        spool_root: Path,
        destination: str = LOCAL,
        tap: Callable[[Record], None] | None = None,
    ) -> None:
        self.source = source
        self._tap = tap
        self._sender = Sender(spool_root=spool_root, destination=destination, connect=connect)
        self._prefix = uuid.uuid4().hex[:16]
        self._count = 0
        self._last_ms = 0
        self._order = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def session(self, native_id: str, *, source: str | None = None, **patch: Any) -> SessionReporter:
        """Speak of one session; with fields, report them too (`SessionPatch` says which there are)."""
        session = SessionReporter(self, native_id, source or self.source)
        if patch:
            session.update(**patch)
        return session

    def record(self, native_id: str, type_: RecordType, body: object, *, source: str | None = None) -> None:
        """One record, as it stands on the wire. Raises OSError where the disk would not keep it."""
        with self._order:
            self._count += 1
            record = Record(
                source=source or self.source,
                native_id=native_id,
                key=f"{self._prefix}-{self._count}",
                at=self._now(),
                type=type_,
                body=msgspec.Raw(_encoder.encode(body)),
            )
            self._sender.append(_encoder.encode(record) + b"\n")
        if self._tap is not None:
            self._tap(record)

    @property
    def problem(self) -> str | None:
        """Why nothing is sent at the moment, in words; None while all is well."""
        return self._sender.problem

    @property
    def refused(self) -> tuple[Refused, ...]:
        """Records that the server would not take, with its reason: the newest hundred."""
        return tuple(self._sender.refused)

    def sync(self) -> None:
        """Wait until the disk itself holds everything reported so far: for what must survive a power cut."""
        self._sender.sync()

    def drain(self, timeout_s: float) -> bool:
        """Wait until the server has everything; False where that took too long."""
        return self._sender.drain(timeout_s)

    def close(self, *, wait_s: float = CLOSE_WAIT_S) -> bool:
        """Send what is left and end; after ``wait_s`` the rest stays on disk. Whether the server has everything."""
        return self._sender.close(wait_s=wait_s)

    def _now(self) -> Timestamp:
        """The time, never going back: a record's ``at`` says which is newer."""
        self._last_ms = max(time.time_ns() // 1_000_000, self._last_ms)
        return from_ms(self._last_ms)


class SessionReporter:
    """What is said of one session."""

    def __init__(self, reporter: Reporter, native_id: str, source: str, *, messages: int = 0) -> None:
        self._reporter = reporter
        self.native_id = native_id
        self.source = source
        self.message_count = messages
        """How many messages there are; the next one gets the number after it. A resumed session sets it first."""

    def update(self, **patch: Any) -> None:
        """Write fields of the session: the names and types of `SessionPatch`; None clears one.

        Raises TypeError for a field that there is not.
        """
        self._record(RecordType.SESSION, SessionPatch(**patch))

    def step(self, step: Step) -> None:
        self._record(RecordType.STEP, step)

    def turn(self, turn: TurnRecord) -> None:
        self._record(RecordType.TURN, turn)

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        self._record(RecordType.CHECKPOINT, checkpoint)

    def artifact(self, artifact: Artifact) -> None:
        self._record(RecordType.ARTIFACT, artifact)

    def message(self, message: Message) -> None:
        """A message as it is; one with a known id replaces the earlier one, which is how text grows."""
        self.message_count = max(self.message_count, message.n)
        self._record(RecordType.MESSAGE, message)

    def say(
        self,
        text: str | Sequence[Part],
        *,
        role: MessageRole = MessageRole.ASSISTANT,
        step: str | None = None,
        model: str | None = None,
    ) -> Message:
        """A new message at the end of the transcript."""
        parts = (Text(text=text),) if isinstance(text, str) else tuple(text)
        n = self.message_count + 1
        at = from_ms(time.time_ns() // 1_000_000)
        message = Message(n=n, id=f"m{n}", role=role, at=at, parts=parts, step=step, model=model)
        self.message(message)
        return message

    def delete(self) -> None:
        """Take the session out of the workspace."""
        self._record(RecordType.DELETE, {})

    def _record(self, type_: RecordType, body: object) -> None:
        self._reporter.record(self.native_id, type_, body, source=self.source)
