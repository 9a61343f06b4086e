"""How a source hears of commands: one log a token, read by the streams that the token opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from parrot_server import sse
from parrot_server.block_log import BlockLog, FellBehind
from parrot_wire.codec import encode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from parrot_server.block_log import BlockReader, Tap
    from parrot_server.feed import Feed
    from parrot_wire.records import Command


class PendingCommands(Protocol):
    """Where unanswered commands are kept."""

    async def pending(self, token_id: str) -> Sequence[Command]: ...


class CommandFeed:
    """Commands to the sources that are listening. A command stays pending in the store until it is answered."""

    def __init__(self, feed: Feed, pending: PendingCommands) -> None:
        self._logs: dict[str, BlockLog] = {}
        self.pending = pending
        feed.on_beat(self._beat)

    def is_listening(self, token_id: str) -> bool:
        """Whether a source with this token has its stream open."""
        return token_id in self._logs

    def send(self, token_id: str, command: Command) -> bool:
        """Hand a command to the listening sources of a token; False where there is none."""
        log = self._logs.get(token_id)
        if log is None:
            return False
        log.append(encode_command(command))
        return True

    def stream(self, token_id: str) -> CommandStream:
        return CommandStream(self, token_id)

    def log(self, token_id: str) -> BlockLog:
        log = self._logs.get(token_id)
        if log is None:
            log = self._logs[token_id] = BlockLog(on_empty=lambda: self._logs.pop(token_id, None) and None)
        return log

    def _beat(self) -> None:
        for log in self._logs.values():
            log.append(sse.HEARTBEAT)


class CommandStream:
    """One source's stream: what is unanswered, then what comes. A command can come twice; its id tells."""

    def __init__(self, feed: CommandFeed, token_id: str) -> None:
        self._feed = feed
        self._token_id = token_id
        self._reader: BlockReader | None = None
        self._closed = False

    def close(self) -> None:
        self._closed = True
        if self._reader is not None:
            self._reader.close()

    async def blocks(self, tap: Tap | None = None) -> AsyncGenerator[bytes]:
        # The place first, then the store: a command in between comes by both ways rather than by none.
        self._reader = self._feed.log(self._token_id).reader(tap)
        if self._closed:
            self._reader.close()
        yield sse.RETRY
        pending = await self._feed.pending.pending(self._token_id)
        yield sse.HEARTBEAT + b"".join(encode_command(command) for command in pending)
        try:
            while (block := await self._reader.next()) is not None:
                yield block
        except FellBehind:
            # Its next stream begins with all that is unanswered.
            return


def encode_command(command: Command) -> bytes:
    return sse.event("command", encode(command))
