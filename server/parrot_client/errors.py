"""What can go wrong with a workspace, as types to catch.

ParrotError
├── Offline               nobody answered, or the connection broke: trying again later may help
├── BadAnswer             something answered that does not speak the protocol
├── Refused               the server said no, and why (`problem`)
│   ├── Unauthorised      401: no token, or one that is not, or no longer, known
│   ├── Forbidden         403: `scope` is the right that is missing
│   ├── NotFound          404: unknown, or not for the caller to see
│   ├── Conflict          409: not in a state to do that (`earlier`: a checkpoint's earlier decision)
│   ├── BadRequest        any other 4xx: `parameter` names what is wrong
│   ├── Busy              429: try again after `retry_after_s`
│   └── ServerFault       5xx
├── NoLocalServer         the server of this machine can neither be found nor started
└── NoToken               no token for the workspace: neither in the environment nor in a file nor in the keyring
    └── UnsafeTokenFile   the token file can be read by others, or not at all
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parrot_wire.answers import Problem
    from parrot_wire.values import Scope


class ParrotError(Exception):
    """Base of every expected failure of a workspace; the text is fit to show."""


class Offline(ParrotError):
    """Nobody answered, or the connection broke off."""


class BadAnswer(ParrotError):
    """An answer that is not what the protocol says."""


class Refused(ParrotError):
    """The server said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem

    @property
    def status(self) -> int:
        return self.problem.status


class Unauthorised(Refused):
    """401."""


class Forbidden(Refused):
    """403."""

    @property
    def scope(self) -> Scope | None:
        return self.problem.scope


class NotFound(Refused):
    """404."""


class Conflict(Refused):
    """409."""

    @property
    def earlier(self) -> str | None:
        return self.problem.checkpoint


class BadRequest(Refused):
    """A 4xx that none of the others names."""

    @property
    def parameter(self) -> str | None:
        return self.problem.parameter


class Busy(Refused):
    """429."""

    def __init__(self, problem: Problem, retry_after_s: float) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s


class ServerFault(Refused):
    """5xx."""


class NoLocalServer(ParrotError):
    """The server of this machine can neither be found nor started; the text has its last words."""


class NoToken(ParrotError):
    """No token for the workspace."""


class UnsafeTokenFile(NoToken):
    """A token file that others can read, or that cannot be read."""


def refusal(problem: Problem, *, retry_after_s: float = 1.0) -> Refused:
    """The type for a problem's status."""
    match problem.status:
        case 401:
            return Unauthorised(problem)
        case 403:
            return Forbidden(problem)
        case 404:
            return NotFound(problem)
        case 409:
            return Conflict(problem)
        case 429:
            return Busy(problem, retry_after_s)
        case status if status >= 500:
            return ServerFault(problem)
        case _:
            return BadRequest(problem)
