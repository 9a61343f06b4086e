"""The OpenAPI document: the declarations of the calls, and msgspec's schemas of the shapes."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import msgspec

from parrot_server.problems import MEDIA_TYPE as PROBLEM
from parrot_server.version import VERSION
from parrot_wire.answers import Problem
from parrot_wire.events import GoneData, Ready, Reset
from parrot_wire.records import Command, Record, SessionPatch, TurnRecord
from parrot_wire.session import Artifact, Checkpoint, Message, Part, Row, Step, Turn
from parrot_wire.values import RecordType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parrot_server.calls import Call, Parameter

_PROSE = """Times are RFC 3339 in UTC with milliseconds, durations integer milliseconds, money integer micro-dollars.
Clients ignore fields that they do not know; an unknown query parameter is a 422. Errors are RFC 9457 problems.

A stream is `text/event-stream`. The list's streams send `session` (id: the row's seq, data: Row), `gone` (id: seq,
data: GoneData), `ready` (id: the current seq, data: Ready) after what was missed and with every heartbeat, and `reset`
(data: Reset) before they end where they cannot go on. A session's own stream sends `message`, `turn`, `step`,
`checkpoint` and `artifact` likewise; of the events of one seq only the last carries the id. `/v1/commands` sends
`command` (data: Command).

An ingest is one Record a line; its `body` is SessionPatch, Step, TurnRecord, Message, Checkpoint or Artifact by its
`type`, for `delete` empty (the session goes) or `{"type", "id"}`. An image part may carry its bytes as base64 in
`data`."""

_BODIES = (SessionPatch, Step, TurnRecord, Message, Checkpoint, Artifact)
_SPOKEN_OF = (Row, Ready, GoneData, Reset, Command, Turn, *_BODIES)


def document(calls: Sequence[Call]) -> dict[str, Any]:
    """OpenAPI 3.1, every call in it."""
    shapes: list[Any] = [Problem, *_SPOKEN_OF, Part]
    for call in calls:
        shapes += [shape for shape in (call.answer, call.body) if shape is not None]
    schemas, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    by_shape = dict(zip(map(repr, shapes), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, by_shape)
    components["Record"] = _record()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Parrot workspace", "version": VERSION, "description": _PROSE},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _record() -> dict[str, Any]:
    """One line of an ingest. By hand, because its body is kept as raw JSON until its type is known."""
    words: dict[str, dict[str, Any]] = {name: {"type": "string"} for name in ("source", "native_id", "key")}
    words["at"] = {"type": "string", "format": "date-time"}
    words["type"] = {"type": "string", "enum": [str(word) for word in RecordType]}
    bodies = [{"$ref": f"#/components/schemas/{shape.__name__}"} for shape in _BODIES]
    return {
        "title": "Record",
        "description": inspect.getdoc(Record),
        "type": "object",
        "properties": {**words, "body": {"anyOf": [*bodies, {"type": "object"}], "default": {}}},
        "required": list(words),
    }


def _operation(call: Call, by_shape: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.summary,
        "parameters": [*_path_parameters(call.path), *map(_query_parameter, call.parameters), *_headers(call)],
        "responses": {
            str(call.status): _success(call, by_shape),
            **{str(status): _problem(by_shape) for status in _problem_statuses(call)},
        },
    }
    if call.public:
        operation["security"] = []
    needs = [f"Needs {' or '.join(call.scopes)}."] if call.scopes else []
    words = " ".join([*needs, *([call.rights] if call.rights else [])])
    if words:
        operation["description"] = words
    if call.scopes:
        operation["x-scopes"] = [str(scope) for scope in call.scopes]
    if call.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {call.body_media_type: {"schema": by_shape[repr(call.body)]}},
        }
    elif call.body_media_type != "application/json":
        line = {"$ref": "#/components/schemas/Record"}
        operation["requestBody"] = {"required": True, "content": {call.body_media_type: {"schema": line}}}
    return operation


def _success(call: Call, by_shape: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": by_shape[repr(call.answer)]} if call.answer is not None else {}
    return {"description": call.summary, "content": {call.media_type: content}}


def _problem(by_shape: dict[str, Any]) -> dict[str, Any]:
    return {"description": "A problem.", "content": {PROBLEM: {"schema": by_shape[repr(Problem)]}}}


def _problem_statuses(call: Call) -> list[int]:
    statuses = {421, *call.problems}
    if not call.public:
        statuses |= {401, 422}
    if call.scopes or call.rights:
        statuses.add(403)
    return sorted(statuses)


def _path_parameters(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "integer", "minimum": 0} if name in {"n", "i"} else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    schema = {"type": "array", "items": parameter.schema} if parameter.repeats else parameter.schema
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema,
    }


def _headers(call: Call) -> Iterable[dict[str, Any]]:
    if call.media_type == "text/event-stream" and call.path != "/v1/commands":
        text = "The last id seen: what changed after it comes first."
        yield {"name": "Last-Event-ID", "in": "header", "description": text, "schema": {"type": "string"}}
    if call.method == "POST":
        text = "The same key answers the same request with the same answer, for a day."
        yield {"name": "Idempotency-Key", "in": "header", "description": text, "schema": {"type": "string"}}
