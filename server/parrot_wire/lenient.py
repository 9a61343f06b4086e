"""What a newer server says, as this version understands it: a word it does not know costs nothing but that word.

A status, kind, role ... that this version has no member for becomes the one that promises least (`_INSTEAD`), an
action or a right is left out, and a part of an unknown type becomes a `Notice` that carries it whole. A row keeps an
unknown status as the beginning of its ``status_detail``, so that a person can read it. For those who read answers;
what a server is asked or told is read strictly, by ``codec.decode``.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from parrot_wire.session import Notice, Row
from parrot_wire.values import ArtifactKind, Basis, CheckpointStatus, Kind, MessageRole, Role, SourceState, Status

T = TypeVar("T")

_INSTEAD: dict[type[Enum], str] = {
    Kind: Kind.CHAT,
    Status: Status.OPEN,
    Basis: Basis.UNKNOWN,
    CheckpointStatus: CheckpointStatus.SKIPPED,
    ArtifactKind: ArtifactKind.LINK,
    MessageRole: MessageRole.SYSTEM,
    Role: Role.VIEWER,
    SourceState: SourceState.LIVE,
}
"""An unknown word of any other set is left out: of a list, of the keys of a table, or of an optional field."""


class _Nothing:
    """What is left out."""


_NOTHING = _Nothing()


def read(data: bytes | str, shape: type[T]) -> T:
    """JSON -> shape. Raises msgspec.DecodeError for JSON that is none, or that is wrong in more than unknown words."""
    try:
        return _strict(shape).decode(data)
    except msgspec.ValidationError:
        return msgspec.convert(_softened(msgspec.json.decode(data), _known(shape)), shape)


@cache
def _strict(shape: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(shape)


@cache
def _known(shape: Any) -> inspect.Type:
    return inspect.type_info(shape)


def _softened(value: Any, kind: inspect.Type) -> Any:
    """Decoded JSON without words that the type does not know; what is wrong in any other way is left as it is."""
    match kind:
        case inspect.EnumType():
            return _word(value, kind.cls)
        case inspect.UnionType():
            return _one_of(value, kind)
        case inspect.StructType() if isinstance(value, dict):
            return _struct(cast("dict[str, Any]", value), kind)
        case inspect.VarTupleType() | inspect.ListType() if isinstance(value, list):
            each = (_softened(item, kind.item_type) for item in cast("list[Any]", value))
            return [item for item in each if item is not _NOTHING]
        case inspect.DictType() if isinstance(value, dict):
            return _table(cast("dict[str, Any]", value), kind)
        case _:
            return value


def _word(value: Any, words: type[Enum]) -> Any:
    if not isinstance(value, str) or value in {word.value for word in words}:
        return value
    return _INSTEAD.get(words, _NOTHING)


def _one_of(value: Any, kind: inspect.UnionType) -> Any:
    if value is None:
        return None
    tagged = {case.tag: case for case in kind.types if isinstance(case, inspect.StructType) and case.tag is not None}
    if tagged and isinstance(value, dict):
        part = cast("dict[str, Any]", value)
        tag = part.get("type")
        known = tagged.get(tag) if isinstance(tag, str) else None
        return _struct(part, known) if known is not None else _unknown_part(part)
    cases = [case for case in kind.types if not isinstance(case, inspect.NoneType)]
    found = _softened(value, cases[0]) if len(cases) == 1 else value
    return None if found is _NOTHING else found


def _unknown_part(part: dict[str, Any]) -> Any:
    return msgspec.to_builtins(Notice(kind="raw", text=msgspec.json.encode(part).decode()))


def _struct(value: dict[str, Any], kind: inspect.StructType) -> dict[str, Any]:
    soft = dict(value)
    for field in kind.fields:
        name = field.encode_name
        if name in soft:
            found = _softened(soft[name], field.type)
            if found is _NOTHING:
                del soft[name]
            else:
                soft[name] = found
    if issubclass(kind.cls, Row) and soft.get("status") != value.get("status"):
        told = [text for text in (value["status"], value.get("status_detail")) if isinstance(text, str)]
        soft["status_detail"] = ": ".join(told)
    return soft


def _table(value: dict[str, Any], kind: inspect.DictType) -> dict[str, Any]:
    soft: dict[str, Any] = {}
    for key, item in value.items():
        known, found = _known_key(key, kind.key_type), _softened(item, kind.value_type)
        if known and found is not _NOTHING:
            soft[key] = found
    return soft


def _known_key(key: str, kind: inspect.Type) -> bool:
    """Figures of an unknown kind must not be added to another's."""
    return not isinstance(kind, inspect.EnumType) or key in {word.value for word in kind.cls}
