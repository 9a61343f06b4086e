"""Events from bytes, however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_client import sse
from parrot_client.sse import RawEvent, SseParser, TooLong

STREAM = (
    b"\xef\xbb\xbfretry: 1000\n\n"
    b": still here\n\n"
    b'event: session\nid: 7\ndata: {"a": "\xc3\xa9"}\n\n'
    b"data: one\ndata: two\n\n"
    b"event: empty\n\n"
    b"event: ready\nid: 8\ndata: x\n\n"
)
EVENTS = [
    RawEvent("session", "7", b'{"a": "\xc3\xa9"}'),
    RawEvent("message", "7", b"one\ntwo"),
    RawEvent("ready", "8", b"x"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_the_same_events_wherever_the_bytes_are_cut(cuts: list[int], line_end: bytes) -> None:
    stream = STREAM.replace(b"\n", line_end) + (b"" if line_end == b"\n" else b": the end" + line_end)
    parser = SseParser()
    found: list[RawEvent] = []
    places = sorted({0, *cuts, len(stream)})
    for start, end in zip(places, [*places[1:], len(stream)], strict=True):
        found += parser.feed(stream[start:end])
    assert found == EVENTS
    assert (parser.retry_ms, parser.last_id) == (1000, "8")


def test_half_an_event_is_no_event() -> None:
    parser = SseParser()
    assert parser.feed(b"event: session\nid: 9\ndata: {}\n") == []
    assert parser.feed(b"") == []


def test_a_lone_retry_and_a_heartbeat_are_no_events() -> None:
    assert SseParser().feed(b"retry: 5\n\n: hm\n\nevent: x\n\n") == []


def test_an_event_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    parser = SseParser()
    for _ in range(10):
        parser.feed(b"data: 1234567890\n")
    with pytest.raises(TooLong):
        parser.feed(b"data: 1234567890\n")
