"""What came of a tool's call: output, exit code and duration, which Codex writes in many ways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from parrot_server.index.jsonl import parse
from parrot_server.index.loose import JSON, number, obj, objs, shown, whole
from parrot_wire.session import ToolResult

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = re.compile(
    r"(?:Chunk ID: .*\n)?(?:Wall time: (?P<seconds>[\d.]+) seconds\n)?"
    r"(?:Process exited with code (?P<code>-?\d+)\n|Process running with session ID .*\n)?"
    r"(?:Original token count: .*\n)?(?:Total output lines: .*\n)?Output:\n"
)
_OLD_HEAD = re.compile(
    r"Exit code: (?P<code>-?\d+)\n(?:Wall time: (?P<seconds>[\d.]+) seconds\n)?(?:Total output lines: .*\n)?Output:\n"
)


def tool_result(body: JSON, outcomes: Sequence[JSON]) -> ToolResult:
    output = body.get("output")
    ok: bool | None = None
    exit_code: int | None = None
    duration: int | None = None
    if isinstance(output, str) and output.startswith("{"):
        held = parse(output.encode("utf-8", "replace"))
        if isinstance(held, dict) and isinstance(cast("JSON", held).get("output"), str):
            output = cast("JSON", held)["output"]
            metadata = obj(cast("JSON", held).get("metadata"))
            exit_code = whole(metadata.get("exit_code"))
            duration = _milliseconds(metadata.get("duration_seconds"))
    elif isinstance(output, dict):
        held = cast("JSON", output)
        ok = held["success"] if isinstance(held.get("success"), bool) else None
        output = held.get("content") or held.get("text")
    text = _output_text(output)
    match = _HEAD.match(text) or _OLD_HEAD.match(text)
    if match is not None:
        exit_code = whole(match["code"])
        duration = _milliseconds(match["seconds"])
        text = text[match.end() :]
    for outcome in outcomes:
        item = obj(outcome.get("item")) or outcome
        known = whole(item.get("exit_code"))
        exit_code = known if known is not None else exit_code
        duration = _span(item.get("duration")) or duration
        ok = _success(item) if ok is None else ok
        text = text or shown(item.get("aggregated_output") or item.get("stdout"))
    if exit_code is not None:
        ok = exit_code == 0
    return ToolResult(call_id=shown(body.get("call_id")), ok=ok, text=text, exit_code=exit_code, duration=duration)


def _success(item: JSON) -> bool | None:
    if isinstance(item.get("success"), bool):
        return item["success"]
    result = obj(item.get("result"))
    if "Err" in result:
        return False
    if "Ok" in result:
        return obj(result["Ok"]).get("isError") is not True
    return {"completed": True, "failed": False, "declined": False}.get(shown(item.get("status")))


def _output_text(output: Any) -> str:
    if isinstance(output, list):
        return "\n".join(shown(part.get("text")) for part in objs(output) if part.get("text"))
    return shown(output)


def _span(value: Any) -> int | None:
    """``{"secs": 0, "nanos": 278883}`` in ms."""
    held = obj(value)
    seconds, nanos = held.get("secs"), held.get("nanos")
    if isinstance(seconds, int) and isinstance(nanos, int):
        return seconds * 1000 + round(nanos / 1_000_000)
    return None


def _milliseconds(seconds: Any) -> int | None:
    found = number(seconds)
    return round(found * 1000) if found is not None else None
