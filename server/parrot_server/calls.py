"""What a call of the API is: path, method, right, parameters, shapes and handler, declared once.

Routing, checking and the OpenAPI document all read these declarations.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from parrot_server.answers import json_response
from parrot_server.idempotency import HEADER as IDEMPOTENCY_HEADER
from parrot_server.problems import ApiProblem, bad_parameter, missing_scope, unauthorised
from parrot_server.store import audit
from parrot_server.store.workspace import KeptAnswer
from parrot_wire.codec import BadData, decode
from parrot_wire.query import BadParameter, single

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from starlette.requests import Request

    from parrot_server.scopes import Principal
    from parrot_server.services import Services
    from parrot_wire.values import Scope

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_BODY_BYTES = 1_000_000
"""Of a call that takes one JSON object; an ingest has its own limits."""
_NOT_KEPT = frozenset({401, 403, 408, 413, 429, 503})
"""Answers that say nothing of the request itself: the same request may fare better later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter. ``schema`` is JSON Schema of one value."""

    name: str
    description: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    repeats: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to one call."""

    request: Request
    services: Services
    caller: Principal | None
    """None on public calls alone; others use `principal`."""

    @property
    def principal(self) -> Principal:
        if self.caller is None:
            raise unauthorised("A token is needed.")
        return self.caller

    @property
    def params(self) -> list[tuple[str, str]]:
        return self.request.query_params.multi_items()

    def param(self, name: str) -> str | None:
        """A query parameter that may stand once."""
        return single(self.params, name)

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    async def body(self, shape: type[T]) -> T:
        """The JSON body. Raises ApiProblem: 413 where it is too large, 422 where it is not of the shape."""
        data = await self.read_body()
        try:
            return decode(data or b"{}", shape)
        except BadData as error:
            raise bad_parameter(_field_of(str(error)), str(error)) from error

    async def read_body(self, *, most: int = MAX_BODY_BYTES) -> bytes:
        """The body, kept for a second call. Raises ApiProblem (413)."""
        kept: bytes | None = getattr(self.request.state, "body", None)
        if kept is not None:
            return kept
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.request.stream():
            size += len(chunk)
            if size > most:
                raise ApiProblem(413, f"The body is larger than {most} bytes.")
            chunks.append(chunk)
        self.request.state.body = b"".join(chunks)
        return self.request.state.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the API."""

    method: str
    path: str
    name: str
    """The operation's id in the OpenAPI document."""
    summary: str
    handler: Callable[[Ask], Awaitable[Response]] | Callable[[Ask], Awaitable[Any]]
    """Answers a Response, or an ASGI application (a stream)."""
    scopes: tuple[Scope, ...] = ()
    """Any one of these opens the call; what else a handler asks for stands in ``rights``. Empty: any token."""
    rights: str = ""
    """What the handler itself checks, in words."""
    public: bool = False
    parameters: tuple[Parameter, ...] = ()
    answer: Any = None
    """The type of the answer; None for an answer that is no JSON."""
    media_type: str = "application/json"
    status: int = 200
    body: Any = None
    body_media_type: str = "application/json"
    problems: tuple[int, ...] = ()
    """Error statuses besides those that every call can have."""
    audited: str | None = None
    """The action's name in the audit trail, where a refusal of this call is recorded."""
    idempotent: bool = True
    """Whether the wrapper honours Idempotency-Key; a call that streams its body does so itself."""


def routes(calls: Iterable[Call], services: Callable[[], Services]) -> list[Route]:
    """The Starlette routes: one a path, so that a method it lacks is answered with those it has."""
    by_path: dict[str, dict[str, Call]] = {}
    for call in calls:
        by_path.setdefault(call.path, {})[call.method] = call
    return [Route(path, _endpoint(by_method, services), methods=list(by_method)) for path, by_method in by_path.items()]


def _endpoint(
    by_method: Mapping[str, Call], services: Callable[[], Services]
) -> Callable[[Request], Awaitable[Response]]:
    """A path's endpoint, with everything around the handlers of its calls."""

    async def endpoint(request: Request) -> Any:
        call = by_method["GET" if request.method == "HEAD" else request.method]
        ask = Ask(request, services(), request.scope.get("principal"))
        try:
            return await _answer(call, ask)
        except BadParameter as error:
            problem = bad_parameter(error.name, error.detail)
        except ApiProblem as error:
            problem = error
        except ClientDisconnect:
            # The caller left in the middle of its body; nobody reads this answer.
            return Response(status_code=400)
        await _record_refusal(call, ask, problem)
        return problem.response()

    return endpoint


async def _answer(call: Call, ask: Ask) -> Any:
    if not call.public and call.scopes and not any(ask.principal.has(scope) for scope in call.scopes):
        raise missing_scope(call.scopes[0])
    known = {parameter.name for parameter in call.parameters}
    for name, _ in ask.params:
        if name not in known:
            raise bad_parameter(name, "is no parameter of this call")
    for parameter in call.parameters:
        if parameter.required and not ask.param(parameter.name):
            raise bad_parameter(parameter.name, "is needed")
    key = ask.request.headers.get(IDEMPOTENCY_HEADER)
    if call.method == "POST" and call.idempotent and key is not None:
        return await _once(call, ask, key)
    return await call.handler(ask)


async def _once(call: Call, ask: Ask, key: str) -> Response:
    kept_answers = ask.services.kept_answers
    member = ask.principal.member
    # An answer shows what its caller may see: to one with other rights it is another request's.
    rights = " ".join(sorted(ask.principal.scopes)).encode() + b"\n"
    fingerprint = request_fingerprint(ask.request, [rights, await ask.read_body()])
    async with kept_answers.turn(member, key):
        kept = await kept_answers.find(member, key, fingerprint)
        if kept is not None:
            return replay(kept)
        problem: ApiProblem | None = None
        try:
            response: Response = await call.handler(ask)
        except ApiProblem as error:
            problem = error
            response = error.response()
        if response.status_code not in _NOT_KEPT and response.status_code < 500:
            answer = KeptAnswer(request=fingerprint, status=response.status_code, body=bytes(response.body))
            await kept_answers.keep(member, key, answer, ask.services.now())
        if problem is not None:
            raise problem
        return response


def request_fingerprint(request: Request, body: Iterable[bytes]) -> bytes:
    """A hash of method, path and body."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    for chunk in body:
        digest.update(chunk)
    return digest.digest()


def replay(kept: KeptAnswer) -> Response:
    """A kept answer once more."""
    media_type = "application/problem+json" if kept.status >= 400 else "application/json"
    return Response(kept.body, kept.status, media_type=media_type, headers={"cache-control": "no-store"})


async def _record_refusal(call: Call, ask: Ask, problem: ApiProblem) -> None:
    if call.audited is None or ask.caller is None:
        return
    await ask.services.db.write(
        audit.record,
        at=ask.services.now(),
        actor=ask.caller.member,
        action=call.audited,
        refused=True,
        session=ask.request.path_params.get("id"),
        detail=problem.problem.detail,
    )


def _field_of(error: str) -> str:
    """The field that a decoding error names ("... - at `$.title`", "... missing required field `decision`")."""
    _, found, rest = error.rpartition("`$.")
    if found:
        return rest.rstrip("`")
    _, found, rest = error.partition("field `")
    return rest.partition("`")[0] if found else "body"


def answer(ask: Ask, value: Any, *, status: int = 200) -> Response:
    """A JSON answer, compressed where that is worth it and the client can read it."""
    return json_response(ask.request, value, status=status)
