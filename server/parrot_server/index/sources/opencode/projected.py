"""Messages of opencode 2, each whole in one row, put into the shape of a message with its parts.

``session_message.type`` says what a row is: ``user`` and ``assistant``; ``compaction``, which is a request too;
``shell``, a command that a person ran; ``synthetic``, ``system`` and ``skill``, which only the model was told;
``idle``, how a turn ended; and switches of agent, model and place, of which there is nothing to show. Older rows keep
what a tool left in ``structured``, newer ones in ``metadata``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.index.loose import obj, objs, shown, string, whole

if TYPE_CHECKING:
    from parrot_server.index.loose import JSON

ASIDE = "aside"
"""The role of what neither a person nor a model said; ``compaction`` is one of its own, since it costs."""
COMPACTION = "compaction"
_STOPPED = frozenset({"aborted", "interrupted"})


def as_message(kind: str, data: JSON, at_ms: int) -> tuple[JSON, list[JSON]]:
    """``info`` and parts, as `content.saying_of` reads them. at_ms: when the row was made."""
    info: JSON = {"time": {"created": at_ms, **obj(data.get("time"))}}
    match kind:
        case "user":
            info |= {"role": "user"}
            return info, [_text(data), *map(_file, objs(data.get("files")))]
        case "assistant":
            info |= {"role": "assistant", "agent": data.get("agent"), "finish": data.get("finish"), **_used(data)}
            if failure := obj(data.get("error")):
                info["error"] = _failure(failure)
            return info, [part for each in objs(data.get("content")) for part in _content(each)]
        case "compaction":
            info |= {"role": COMPACTION, **_used(data)}
            return info, [{"type": "compaction", "text": string(data.get("summary"))}]
        case "shell":
            info |= {"role": ASIDE}
            return info, [_shell(data)]
        case "synthetic" | "system" | "skill":
            info |= {"role": ASIDE}
            return info, [{**_text(data), "synthetic": True}]
        case "idle":
            return {**info, "role": ASIDE, "outcome": string(data.get("outcome"))}, []
        case _:
            return {**info, "role": ASIDE}, []


def _used(data: JSON) -> JSON:
    model = obj(data.get("model"))
    used: JSON = {"modelID": model.get("id"), "providerID": model.get("providerID")}
    return {**used, "cost": data.get("cost"), "tokens": data.get("tokens")}


def _failure(failure: JSON) -> JSON:
    kind = string(failure.get("type"))
    name = "MessageAbortedError" if kind.rpartition(".")[2] in _STOPPED else kind
    return {"name": name, "data": {"message": string(failure.get("message"))}}


def _text(data: JSON) -> JSON:
    return {"type": "text", "text": string(data.get("text"))}


def _file(file: JSON) -> JSON:
    name = file.get("name") or file.get("description")
    return {"type": "file", "mime": file.get("mime"), "filename": name, "url": file.get("uri") or file.get("url")}


def _content(part: JSON) -> list[JSON]:
    match part.get("type"):
        case "text" | "reasoning":
            return [part]
        case "tool":
            return [_tool(part)]
        case _:
            return []


def _tool(part: JSON) -> JSON:
    state, time = obj(part.get("state")), obj(part.get("time"))
    content = objs(state.get("content"))
    files = [_file(each) for each in content if each.get("type") == "file"]
    output = "\n".join(string(each.get("text")) for each in content if each.get("type") == "text")
    failure = obj(state.get("error"))
    return {
        "type": "tool",
        "tool": part.get("name"),
        "callID": part.get("callID") or part.get("id"),
        "state": {
            "status": state.get("status"),
            "input": state.get("input"),
            "output": output or shown(state.get("result")),
            "error": string(failure.get("message")),
            "metadata": {**obj(state.get("structured")), **obj(state.get("metadata"))},
            "attachments": [*files, *map(_file, objs(state.get("attachments")))],
            "time": {"start": time.get("ran") or time.get("created"), "end": time.get("completed")},
        },
    }


def _shell(data: JSON) -> JSON:
    """A command that was run from the prompt, as the call that it is like."""
    time, output = obj(data.get("time")), data.get("output")
    text = string(output) or string(obj(output).get("output"))
    done = whole(time.get("completed")) is not None
    return {
        "type": "tool",
        "tool": "shell",
        "callID": data.get("callID") or data.get("shellID"),
        "state": {
            "status": "completed" if done else "running",
            "input": {"command": string(data.get("command"))},
            "output": text,
            "metadata": {"exit": data.get("exit")},
            "time": {"start": time.get("created"), "end": time.get("completed")},
        },
    }
