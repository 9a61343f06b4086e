"""F11: 500 streams, 200 changes a second, one server process: from the commit to the bytes at a client."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import uvloop

from benchmarks import changes
from benchmarks.figure import Limit, Measurement, summarise
from benchmarks.processes import cpu_share, memory_mb
from benchmarks.servers import serve
from benchmarks.stamps import Stamps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.processes import Share
    from benchmarks.servers import Server

CLIENTS, RATE, SECONDS = 500, 200, 8.0
_SAMPLED = 10
"""One client in ten reads the ids of its events; the others count bytes, so that the load itself stays small."""
_ID = re.compile(rb"^id: ?(\d+)", re.MULTILINE)


class _Load:
    """What all clients saw."""

    def __init__(self, stamps: Stamps) -> None:
        self.stamps = stamps
        self.late_ms: list[float] = []
        self.bytes = 0
        self.events = 0
        self.lost = 0
        self.counting = False


class _Client(asyncio.Protocol):
    """A reader of one stream."""

    def __init__(self, load: _Load, request: bytes, *, sampled: bool) -> None:
        self._load = load
        self._request = request
        self._sampled = sampled
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not stand in asyncio's hierarchy.
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        load = self._load
        load.bytes += len(data)
        if not self._sampled or not load.counting:
            return
        now = time.monotonic_ns()
        # An id line can be torn between two reads: keep what stands after the last newline.
        whole, _, self._tail = (self._tail + data).rpartition(b"\n")
        for match in _ID.finditer(whole):
            at = load.stamps.of(int(match[1]))
            if at:
                load.events += 1
                load.late_ms.append((now - at) / 1e6)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost += 1


async def _listen(server: Server, load: _Load, seconds: float) -> Share:
    loop = asyncio.get_running_loop()
    parts = urlsplit(server.info.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    request = (
        f"GET /v1/stream HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {server.info.token}\r\n"
        "Accept: text/event-stream\r\n\r\n"
    ).encode()
    transports: list[asyncio.BaseTransport] = []
    for number in range(CLIENTS):
        sampled = number % _SAMPLED == 0
        transport, _ = await loop.create_connection(
            lambda sampled=sampled: _Client(load, request, sampled=sampled), host, port
        )
        transports.append(transport)
        if number % 20 == 19:
            await asyncio.sleep(0.01)
    await asyncio.sleep(1.0)
    load.bytes = 0
    load.counting = True
    with cpu_share(server.pid) as share:
        await asyncio.sleep(seconds)
    load.counting = False
    for transport in transports:
        transport.close()
    return share


def measure(work: Path) -> Sequence[Measurement]:
    stamps_path = work / "fan-out-stamps"
    with serve(work / "fan-out", stamps=stamps_path) as server:
        changes.fill(server.info.url, server.info.token, 2_000)
        load = _Load(Stamps(stamps_path))
        before = memory_mb(server.pid)
        writer = changes.spawn(server.info.url, server.info.token, rate=RATE, seconds=SECONDS + 8, busy=2_000)
        try:
            share = uvloop.run(_listen(server, load, SECONDS))
            after = memory_mb(server.pid)
        finally:
            writer.terminate()
            writer.wait()
    arrived = load.events / SECONDS / (CLIENTS // _SAMPLED)
    return [
        summarise(
            f"commit -> bytes at {CLIENTS} streams, {RATE} changes/s",
            load.late_ms,
            unit="ms",
            limit=Limit(p99=60.0),
            changes_per_s=round(arrived, 1),
            megabytes_per_s=round(load.bytes / SECONDS / 1e6, 1),
            streams_lost=load.lost if load.lost < CLIENTS else 0,
        ),
        Measurement(
            what="the server's processor time meanwhile",
            unit="% of a core",
            limit=Limit(median=40.0),
            median=share.percent,
        ),
        Measurement(
            what="the server's memory, before and with the streams",
            unit="MB",
            limit=Limit(median=200.0, text="bounded"),
            median=round(after, 1),
            detail={"before": round(before, 1)},
        ),
    ]
