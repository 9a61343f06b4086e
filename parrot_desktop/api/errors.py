"""What a workspace may answer instead of what was asked: expected, caught in a controller, shown as a state.

    WorkspaceError
    ├── Offline        no answer: no server, no network, too slow
    ├── Unauthorised   401: the token is missing, wrong or withdrawn
    ├── Forbidden      403: ``scope`` is the right that is missing
    ├── NotFound       404: no such session, or none that the caller may see
    ├── Conflict       409: it is not in the state for that any more
    ├── BadRequest     422 and its kin: the server did not understand; ``parameter`` names what
    ├── BadData        the answer is not what the protocol says
    └── ServerTrouble  5xx: the server failed

``str(error)`` is a sentence for a person. Whatever else is raised is a bug.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parrot_wire.values import Scope


class WorkspaceError(Exception):
    """Base of all; ``detail`` is the sentence."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def can_retry(self) -> bool:
        """Whether asking again later may do."""
        return False


class Offline(WorkspaceError):
    @property
    def can_retry(self) -> bool:
        return True


class Unauthorised(WorkspaceError):
    pass


class Forbidden(WorkspaceError):
    def __init__(self, detail: str, *, scope: Scope | None = None) -> None:
        super().__init__(detail)
        self.scope = scope


class NotFound(WorkspaceError):
    pass


class Conflict(WorkspaceError):
    """``earlier`` is the decision that was taken before, where the conflict is about one."""

    def __init__(self, detail: str, *, earlier: str | None = None) -> None:
        super().__init__(detail)
        self.earlier = earlier


class BadRequest(WorkspaceError):
    def __init__(self, detail: str, *, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.parameter = parameter


class BadData(WorkspaceError):
    pass


class ServerTrouble(WorkspaceError):
    @property
    def can_retry(self) -> bool:
        return True
