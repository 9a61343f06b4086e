"""Pages of a transcript, and what is cut out of long parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parrot_server.routes.reading import Anchor, window
from parrot_server.store.messages import cut, text_of
from parrot_wire.codec import decode, encode
from parrot_wire.session import MAX_PART_BYTES, Image, Message, Text, ToolCall, ToolResult
from parrot_wire.values import MessageRole
from tests.helpers.records import at


@pytest.mark.parametrize(
    ("anchor", "n", "limit", "expected"),
    [
        ("after", 0, 10, range(1, 11)),
        ("after", 15, 10, range(16, 21)),
        ("after", 20, 10, range(0)),
        ("before", None, 10, range(11, 21)),
        ("before", 4, 10, range(1, 4)),
        ("before", 1, 10, range(0)),
        ("before", 100, 10, range(11, 21)),
        ("around", 10, 5, range(8, 13)),
        ("around", 1, 5, range(1, 6)),
        ("around", 20, 5, range(16, 21)),
    ],
)
def test_windows(anchor: Anchor, n: int | None, limit: int, expected: range) -> None:
    first, last = window(anchor, n, limit, 20)
    assert list(range(first, last + 1)) == list(expected)


def message(*parts: Text | ToolCall | ToolResult | Image) -> Message:
    return Message(n=1, id="m", role=MessageRole.ASSISTANT, at=at(0), parts=parts)


@given(st.integers(MAX_PART_BYTES - 10, MAX_PART_BYTES + 10), st.sampled_from(["x", "é", "😀"]))
def test_texts_are_cut_at_whole_characters_and_say_how_long_they_were(size: int, character: str) -> None:
    text = character * (size // len(character.encode()) + 1)
    whole = message(Text(text=text))
    part = cut(whole).parts[0]
    assert isinstance(part, Text)
    length = len(text.encode())
    if length <= MAX_PART_BYTES:
        assert part == whole.parts[0]
    else:
        assert part.full_bytes == length
        assert text.startswith(part.text)
        assert MAX_PART_BYTES - 4 < len(part.text.encode()) <= MAX_PART_BYTES


def test_a_tool_s_input_is_cut_to_text_and_short_parts_stay_as_they_are() -> None:
    small = ToolCall(call_id="a", name="Bash", input={"command": "ls"})
    large = ToolCall(call_id="b", name="Write", input={"text": "x" * MAX_PART_BYTES})
    whole = message(small, large, Image(media_type="image/png"))
    shown = cut(whole)
    assert shown.parts[0] is small
    assert shown.parts[2] is whole.parts[2]
    part = shown.parts[1]
    assert isinstance(part, ToolCall)
    assert isinstance(part.input, str)
    assert part.full_bytes == MAX_PART_BYTES + len('{"text":""}')
    assert decode(encode(shown), Message) == shown


def test_nothing_is_copied_where_nothing_is_cut() -> None:
    whole = message(Text(text="short"), ToolResult(call_id="a", ok=True, text="fine"))
    assert cut(whole) is whole
    assert text_of(whole) == "short\nfine"
