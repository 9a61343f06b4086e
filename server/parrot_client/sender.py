"""Sends what lies in spools to a workspace: a thread that never gives up and never holds anyone up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parrot_client.errors import BadRequest, Busy, ParrotError, ServerFault
from parrot_client.spool import Batch, Spool
from parrot_wire.records import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parrot_client.client import Client
    from parrot_wire.records import IngestResult

log = logging.getLogger(__name__)

MAX_BATCH_LINES = 2_000
MAX_BATCH_BYTES = 1_000_000
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 5.0
LONGEST_RETRY_AFTER_S = 60.0
JOIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a workspace is served now, and the token that may write there."""

    url: str
    token: str


class Sender:
    """Owns a new spool, adopts those that dead processes left for the same workspace, and sends them in order.

    connect: where the workspace is now, asked anew after every failure; None while nobody knows.
    destination: the name under which the spools of this workspace find each other (its URL, or ``local``).
    """

    def __init__(self, *, spool_root: Path, destination: str, connect: Callable[[], Endpoint | None]) -> None:
        self._root = spool_root
        self._connect = connect
        self._leftovers = list(Spool.adopt(spool_root, destination))
        self._spool = Spool.create(spool_root, destination)
        self._client: Client | None = None
        self._wait_s = FIRST_WAIT_S
        self._max_lines = MAX_BATCH_LINES
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._progress = threading.Condition()
        self._closing = False
        self.refused: deque[Refused] = deque(maxlen=100)
        """Records that the server would not take, with its reason: the newest hundred."""
        self.problem: str | None = None
        """Why nothing is sent at the moment, in words; None while all is well."""
        self._thread = threading.Thread(target=self._run, name="parrot-sender", daemon=True)
        self._thread.start()

    def append(self, lines: bytes) -> None:
        """Keep whole lines and send them soon. Raises OSError where the disk would not keep them."""
        self._spool.append(lines)
        self._poke()

    def sync(self) -> None:
        """Wait until the disk itself holds everything that was appended."""
        self._spool.sync()

    def drain(self, timeout_s: float) -> bool:
        """Wait until the server has everything; False where that took too long."""
        deadline = time.monotonic() + timeout_s
        with self._progress:
            while self._leftovers or not self._spool.is_empty:
                left = deadline - time.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    return False
                self._progress.wait(left)
        return True

    def close(self, *, wait_s: float) -> bool:
        """Send what is left and end; after ``wait_s`` the rest stays on disk. Whether the server has everything."""
        if self._closing:
            return not self.problem
        sent = self.drain(wait_s)
        self._closing = True
        self._poke()
        self._thread.join(JOIN_S)
        if not self._thread.is_alive():  # else it waits for a server that hangs; its locks go with the process
            self._spool.close()
        if not sent:
            log.warning("not everything could be sent (%s); the rest waits in %s", self.problem, self._root)
        return sent

    def _poke(self) -> None:
        """Let the thread look at the spool; where it has not begun yet, it will look anyway."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    def _run(self) -> None:
        asyncio.run(self._send_all())

    async def _send_all(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            while not self._closing:
                self._wake.clear()
                try:
                    wait_s = await self._send_each()
                except OSError as error:  # the disk under a spool
                    wait_s = self._failed(f"{error}")
                with self._progress:
                    self._progress.notify_all()
                await self._pause(wait_s)
        finally:
            await self._hang_up()
            for spool in self._leftovers:
                spool.close()

    async def _send_each(self) -> float | None:
        """Send the oldest spool first. None when all are empty, else how many seconds to wait before trying again."""
        while self._leftovers and not self._closing:
            wait_s = await self._send_spool(self._leftovers[0])
            if wait_s is not None:
                return wait_s
            if self._leftovers[0].is_empty:
                self._leftovers.pop(0).close()
        return await self._send_spool(self._spool)

    async def _send_spool(self, spool: Spool) -> float | None:
        while (batch := spool.read(max_lines=self._max_lines, max_bytes=MAX_BATCH_BYTES)) is not None:
            wait_s = await self._send(spool, batch)
            if wait_s is not None or self._closing:
                return wait_s
        return None

    async def _pause(self, wait_s: float | None) -> None:
        """Wait for something to send; after a failure for so long, whatever comes meanwhile."""
        deadline = time.monotonic() + (wait_s or 0.0)
        while not self._closing:
            left = deadline - time.monotonic()
            if wait_s is not None and left <= 0:
                return
            try:
                async with asyncio.timeout(None if wait_s is None else left):
                    await self._wake.wait()
            except TimeoutError:
                return
            if wait_s is None:
                return
            self._wake.clear()

    async def _send(self, spool: Spool, batch: Batch) -> float | None:
        try:
            client = self._connected()
            if client is None:
                return self._failed("no server is running")
            result = await client.ingest(b"".join(batch.lines))
        except Busy as error:
            self.problem = "the server asks to wait"
            return min(error.retry_after_s, LONGEST_RETRY_AFTER_S)
        except BadRequest as error:
            return self._too_much(spool, batch, error)
        except ServerFault as error:
            return self._failed(str(error))
        except (ParrotError, ValueError) as error:
            await self._hang_up()
            return self._failed(str(error))
        self._taken(spool, batch, result)
        return None

    def _connected(self) -> Client | None:
        """The client of where the workspace is now; ValueError where that is no address."""
        if self._client is None:
            endpoint = self._connect()
            if endpoint is not None:
                from parrot_client.client import Client  # takes 0.2 s, which whoever reports does not wait for

                self._client = Client(endpoint.url, endpoint.token)
        return self._client

    async def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _taken(self, spool: Spool, batch: Batch, result: IngestResult) -> None:
        for refused in result.refused:
            log.warning("the server refused a record: %s", refused.detail)
            self.refused.append(refused)
        spool.acknowledge(batch)
        self.problem = None
        self._wait_s = FIRST_WAIT_S
        self._max_lines = min(self._max_lines * 2, MAX_BATCH_LINES)

    def _too_much(self, spool: Spool, batch: Batch, error: BadRequest) -> float | None:
        """The whole batch was refused: halve it, down to the one record that is at fault, which is let go."""
        if len(batch.lines) > 1:
            self._max_lines = max(1, len(batch.lines) // 2)
            return None
        log.warning("the server refused a record: %s", error)
        self.refused.append(Refused(line=1, detail=str(error)))
        spool.acknowledge(batch)
        return None

    def _failed(self, problem: str) -> float:
        if self.problem != problem:
            log.info("cannot report: %s; trying again", problem)
        self.problem = problem
        wait_s = self._wait_s * random.uniform(0.8, 1.2)  # many must not knock at once
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
        return wait_s
