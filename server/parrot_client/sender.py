"""Sends what lies in spools to a workspace: a thread that never gives up and never holds anyone up."""

from __future__ import annotations

import gzip
import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import msgspec

from parrot_client.spool import Batch, Spool
from parrot_wire.records import IngestResult, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

MAX_BATCH_LINES = 2_000
MAX_BATCH_BYTES = 1_000_000
GZIP_FROM_BYTES = 2_000
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

    def __init__(
        self, *, spool_root: Path, destination: str, connect: Callable[[], Endpoint | None], http: httpx.Client
    ) -> None:
        self._root = spool_root
        self._connect = connect
        self._http = http
        self._leftovers = list(Spool.adopt(spool_root, destination))
        self._spool = Spool.create(spool_root, destination)
        self._endpoint: Endpoint | None = None
        self._wait_s = FIRST_WAIT_S
        self._max_lines = MAX_BATCH_LINES
        self._wake = threading.Event()
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
        self._wake.set()

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
        self._wake.set()
        self._thread.join(JOIN_S)
        if not self._thread.is_alive():  # else it waits for a server that hangs; its locks go with the process
            self._spool.close()
        if not sent:
            log.warning("not everything could be sent (%s); the rest waits in %s", self.problem, self._root)
        return sent

    def _run(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                wait_s = self._send_each()
            except OSError as error:  # the disk under a spool
                wait_s = self._failed(f"{error}")
            with self._progress:
                self._progress.notify_all()
            if wait_s is None:
                self._wake.wait()
            else:
                self._pause(wait_s)
        for spool in self._leftovers:
            spool.close()

    def _send_each(self) -> float | None:
        """Send the oldest spool first. None when all are empty, else how many seconds to wait before trying again."""
        while self._leftovers and not self._closing:
            wait_s = self._send_spool(self._leftovers[0])
            if wait_s is not None:
                return wait_s
            if self._leftovers[0].is_empty:
                self._leftovers.pop(0).close()
        return self._send_spool(self._spool)

    def _send_spool(self, spool: Spool) -> float | None:
        while (batch := spool.read(max_lines=self._max_lines, max_bytes=MAX_BATCH_BYTES)) is not None:
            wait_s = self._send(spool, batch)
            if wait_s is not None or self._closing:
                return wait_s
        return None

    def _pause(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._closing and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _send(self, spool: Spool, batch: Batch) -> float | None:
        self._endpoint = self._endpoint or self._connect()
        if self._endpoint is None:
            return self._failed("no server is running")
        body = b"".join(batch.lines)
        headers = {"Authorization": f"Bearer {self._endpoint.token}", "Content-Type": "application/x-ndjson"}
        if len(body) >= GZIP_FROM_BYTES:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        try:
            answer = self._http.post(f"{self._endpoint.url}/v1/ingest", content=body, headers=headers)
        except httpx.HTTPError as error:
            return self._failed(f"{type(error).__name__}: {error}")
        if answer.status_code == 200:
            return self._taken(spool, batch, answer.content)
        if answer.status_code in (400, 413, 415, 422):
            return self._too_much(spool, batch, answer)
        if answer.status_code in (429, 503):
            self.problem = "the server asks to wait"
            return _retry_after(answer, self._wait_s)
        return self._failed(f"the server answered {answer.status_code}")

    def _taken(self, spool: Spool, batch: Batch, content: bytes) -> float | None:
        try:
            result = msgspec.json.decode(content, type=IngestResult)
        except msgspec.DecodeError as error:
            return self._failed(f"the answer is none of this protocol: {error}")
        for refused in result.refused:
            log.warning("the server refused a record: %s", refused.detail)
            self.refused.append(refused)
        spool.acknowledge(batch)
        self.problem = None
        self._wait_s = FIRST_WAIT_S
        self._max_lines = min(self._max_lines * 2, MAX_BATCH_LINES)
        return None

    def _too_much(self, spool: Spool, batch: Batch, answer: httpx.Response) -> float | None:
        """The whole batch was refused: halve it, down to the one record that is at fault, which is let go."""
        if len(batch.lines) > 1:
            self._max_lines = max(1, len(batch.lines) // 2)
            return None
        log.warning("the server refused a record with status %d", answer.status_code)
        self.refused.append(Refused(line=1, detail=f"status {answer.status_code}"))
        spool.acknowledge(batch)
        return None

    def _failed(self, problem: str) -> float:
        if self.problem != problem:
            log.info("cannot report: %s; trying again", problem)
        self.problem = problem
        self._endpoint = None
        wait_s = self._wait_s * random.uniform(0.8, 1.2)  # many must not knock at once
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
        return wait_s


def _retry_after(answer: httpx.Response, default_s: float) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), LONGEST_RETRY_AFTER_S) if text.isdigit() else default_s
