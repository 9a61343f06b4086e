"""Changes at a given rate, sent by ingest from a process of its own.

python -m benchmarks.changes URL TOKEN --rate 200 --seconds 10 --batch 5 --busy 100
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from parrot_wire.times import from_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SOURCE = "benchmark"
_STEPS = ("Investigate", "Plan", "Implement", "Verify", "Document")
_TITLES = ("Fix the export of reports", "Sign in by device code", "Move the index to one pass", "Round prices once")


def native_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def session_record(number: int, at_ms: int, *, owners: int = 1) -> dict[str, Any]:
    """A session as it is first sent: one in four is a flow with five steps."""
    rng = random.Random(number)
    is_flow = number % 4 == 0
    body: dict[str, Any] = {
        "kind": "flow" if is_flow else "chat",
        "status": rng.choice(("completed", "failed", "open", "ended", "interrupted") if not is_flow else _FLOW_STATUS),
        "title": f"{rng.choice(_TITLES)} #{number}",
        "project": f"project-{number % 20}",
        "message_count": rng.randrange(2, 200),
        "tool_call_count": rng.randrange(90),
        "started_at": from_ms(at_ms - rng.randrange(60_000, 7_200_000)),
        "last_activity_at": from_ms(at_ms),
    }
    if is_flow:
        body["steps"] = [
            {"id": f"s{at}", "name": name, "status": "completed" if at < number % 6 else "pending"}
            for at, name in enumerate(_STEPS)
        ]
    return _record(number, "session", f"first:{number}", at_ms, body)


_FLOW_STATUS = ("running", "completed", "merged", "failed", "paused", "cancelled")


def turn_record(number: int, at_ms: int) -> dict[str, Any]:
    """A turn with a cost, so that rows have a caption."""
    body = {
        "id": f"t{at_ms}",
        "model": "claude-opus-4-5",
        "tokens": {"input": 20, "output": 900, "cache_read": 40_000, "cache_write": 2_000, "total": 42_920},
        "started_at": from_ms(at_ms),
    }
    return _record(number, "turn", f"turn:{number}:{at_ms}", at_ms, body)


def change_record(number: int, at_ms: int, count: int) -> dict[str, Any]:
    """A session moves: one more message, now."""
    body = {"message_count": count, "last_activity_at": from_ms(at_ms), "status": "running"}
    return _record(number, "session", f"change:{number}:{count}:{at_ms}", at_ms, body)


def _record(number: int, type_: str, key: str, at_ms: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": SOURCE,
        "native_id": native_id(number),
        "key": key,
        "at": from_ms(at_ms),
        "type": type_,
        "body": body,
    }


class Ingest:
    """One kept connection to a server's ingest."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}

    def send(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Raises RuntimeError where the server refuses any of them."""
        body = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        self._connection.request("POST", "/v1/ingest", body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"ingest answered {answer.status}: {text[:300]!r}")
        result = json.loads(text)
        if result["refused"]:
            raise RuntimeError(f"refused: {result['refused'][:3]}")
        return result


def fill(url: str, token: str, sessions: int, *, turns: bool = True) -> None:
    """Send that many sessions, the newest a minute old, with a turn each."""
    ingest = Ingest(url, token)
    now_ms = int(time.time() * 1000) - 60_000
    for first in range(0, sessions, 500):
        records: list[dict[str, Any]] = []
        for number in range(first, min(first + 500, sessions)):
            at_ms = now_ms - number * 20_000
            records.append(session_record(number, at_ms))
            if turns:
                records.append(turn_record(number, at_ms))
        ingest.send(records)


def spawn(
    url: str, token: str, *, rate: float, seconds: float, batch: int = 5, busy: int = 100
) -> subprocess.Popen[bytes]:
    """Change sessions at that rate in a process of its own; it prints how many it sent."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "benchmarks.changes",
            url,
            token,
            *("--rate", str(rate), "--seconds", str(seconds), "--batch", str(batch), "--busy", str(busy)),
        ],
        stdout=subprocess.PIPE,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.changes", description="Change sessions at a rate.")
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--batch", type=int, default=5)
    parser.add_argument("--busy", type=int, default=100, help="how many sessions are in motion")
    options = parser.parse_args()
    ingest = Ingest(options.url, options.token)
    rng = random.Random(1)
    started, sent = time.monotonic(), 0
    while time.monotonic() - started < options.seconds:
        # Each batch names different sessions: two changes of one in a tick would be one event.
        numbers = rng.sample(range(options.busy), min(options.batch, options.busy))
        now_ms = int(time.time() * 1000)
        ingest.send([change_record(number, now_ms, sent + at) for at, number in enumerate(numbers)])
        sent += len(numbers)
        time.sleep(max(0.0, started + sent / options.rate - time.monotonic()))
    print(json.dumps({"sent": sent, "rate": round(sent / (time.monotonic() - started), 1)}))


if __name__ == "__main__":
    main()
