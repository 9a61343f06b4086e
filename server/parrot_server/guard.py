"""The door: which Host and Origin are let in, and whose token it is. Before any routing, so that a stranger learns
nothing of what there is.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from parrot_server.problems import ApiProblem, unauthorised
from parrot_server.scopes import Principal
from parrot_wire.times import from_ms
from parrot_wire.values import SCOPES_OF, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Send
    from starlette.types import Scope as AsgiScope

    from parrot_server.store.tokens import Identity

TOKEN_CACHE_S = 30.0
_TOKENS_KEPT = 1000
PUBLIC_PATHS = frozenset({"/healthz"})


def is_loopback(host: str) -> bool:
    """Whether a bind address, or the name in a Host header, is this machine alone."""
    if host.lower() in {"localhost", "localhost."}:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Hosts:
    """Which Host headers are answered. A page elsewhere that rebinds its name to this address sends that name."""

    def __init__(self, bound: str, names: Iterable[str] = ()) -> None:
        """bound: the address that is listened on; names: further ``host`` or ``host:port`` to answer to.

        On a loopback bind the machine's own names with any port are accepted. Elsewhere every numeric address is
        (rebinding needs a name), the bind's own name, and the names given.
        """
        self._loopback_only = is_loopback(bound)
        self._names = {name.lower() for name in names} | {bound.lower()}

    def accept(self, header: str) -> bool:
        name = _host_name(header)
        if name is None:
            return False
        if is_loopback(name) or header.lower() in self._names or name in self._names:
            return True
        if self._loopback_only:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _host_name(header: str) -> str | None:
    """``name`` or ``name:port`` -> name, lower-case, without brackets; None where it is neither."""
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or parts.username is not None or not parts.hostname:
        return None
    return parts.hostname


class TokenBook(Protocol):
    """Where tokens are looked up."""

    async def verify(self, token: str, now: str) -> Identity | None: ...


class Authenticator:
    """Tokens to principals; a token that was found good is trusted for half a minute."""

    def __init__(self, book: TokenBook) -> None:
        self._book = book
        self._known: dict[bytes, tuple[float, Principal]] = {}

    async def principal(self, token: str) -> Principal | None:
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < TOKEN_CACHE_S:
            return known[1]
        identity = await self._book.verify(token, now())
        if identity is None:
            self._known.pop(key, None)
            return None
        principal = principal_of(identity)
        if len(self._known) >= _TOKENS_KEPT:
            self._known.clear()
        self._known[key] = (time.monotonic(), principal)
        return principal

    def forget(self) -> None:
        """Look every token up again: one was revoked, or a role changed."""
        self._known.clear()


def principal_of(identity: Identity) -> Principal:
    """What a token may do now: never more than its member's role, which may have changed since the token was made.

    A collector's token is a machine's: it may send for its member's sake whatever that member's own role is.
    """
    member = identity.member
    role, scopes = identity.role, identity.scopes
    if role is not Role.COLLECTOR:
        scopes &= SCOPES_OF[member.role]
        if not SCOPES_OF[role] <= SCOPES_OF[member.role]:
            role = member.role
    return Principal(member=member.id, role=role, scopes=scopes, token_id=identity.token_id)


def now() -> str:
    """The wire's time of this moment."""
    return from_ms(time.time_ns() // 1_000_000)


class Guard:
    """ASGI middleware. What passes has a ``principal`` in its scope, None on public paths."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts, authenticator: Authenticator) -> None:
        self._app = app
        self._hosts = hosts
        self._authenticator = authenticator

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            scope["principal"] = await self._admit(scope)
        except ApiProblem as refusal:
            await refusal.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admit(self, scope: AsgiScope) -> Principal | None:
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in {b"host", b"authorization"} and name in headers:
                raise ApiProblem(400, f"The header {name.decode()} is there twice.")
            headers[name] = value
        if not self._hosts.accept(headers.get(b"host", b"").decode("latin-1")):
            raise ApiProblem(421, "This server does not answer to that Host.")
        origin = headers.get(b"origin")
        if origin is not None and origin.partition(b"://")[2] != headers[b"host"]:
            raise ApiProblem(403, "This server does not talk to web pages of other origins.")
        if scope["path"] in PUBLIC_PATHS:
            return None
        kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise unauthorised("A token is needed: Authorization: Bearer <token>.")
        principal = await self._authenticator.principal(token.strip())
        if principal is None:
            raise unauthorised("The token is unknown, expired or revoked.")
        return principal
