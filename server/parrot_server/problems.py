"""Errors as RFC 9457 problems: raised anywhere under a route, answered in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from parrot_wire.answers import Problem
from parrot_wire.codec import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_wire.values import Scope

MEDIA_TYPE = "application/problem+json"

_KINDS = {
    400: ("bad-request", "Bad request"),
    401: ("unauthorised", "Unauthorised"),
    403: ("forbidden", "Forbidden"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    408: ("too-slow", "Request timeout"),
    409: ("conflict", "Conflict"),
    413: ("too-large", "Too large"),
    415: ("unsupported-encoding", "Unsupported encoding"),
    421: ("misdirected", "Misdirected request"),
    422: ("bad-parameter", "Bad parameter"),
    429: ("too-busy", "Too many requests"),
    500: ("internal", "Internal error"),
    503: ("stopping", "Service unavailable"),
    507: ("storage", "Insufficient storage"),
}


class ApiProblem(Exception):
    """An error answer. ``detail`` is one sentence for a person."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        scope: Scope | None = None,
        parameter: str | None = None,
        checkpoint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        kind, title = _KINDS.get(status, ("other", "Error"))
        self.problem = Problem(
            type=f"urn:parrot:problem:{kind}",
            title=title,
            status=status,
            detail=detail,
            scope=scope,
            parameter=parameter,
            checkpoint=checkpoint,
        )
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return self.problem.status

    def response(self) -> Response:
        headers = {"cache-control": "no-store", **self.headers}
        return Response(encode(self.problem), self.status, media_type=MEDIA_TYPE, headers=headers)


def unauthorised(detail: str) -> ApiProblem:
    return ApiProblem(401, detail, headers={"www-authenticate": 'Bearer realm="parrot"'})


def missing_scope(scope: Scope) -> ApiProblem:
    return ApiProblem(403, f"This needs the right {scope}.", scope=scope)


def not_found(what: str = "session") -> ApiProblem:
    """Of an unknown id, and of one that the caller may not see: the two look the same."""
    return ApiProblem(404, f"There is no such {what}.")


def bad_parameter(name: str, detail: str) -> ApiProblem:
    return ApiProblem(422, f"{name}: {detail}", parameter=name)
