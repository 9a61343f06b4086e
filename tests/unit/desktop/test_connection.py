"""What a window says of its connection, and how often."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parrot_desktop.api.errors import Offline
from parrot_desktop.controllers.connection import ConnectionController
from parrot_desktop.domain.connection_state import ConnectionState
from parrot_desktop.tasks import TaskOwner

if TYPE_CHECKING:
    from parrot_desktop.api.opening import Opened
    from parrot_desktop.api.target import Target
    from parrot_desktop.domain.connection_state import Connection


async def test_heartbeats_say_nothing_new() -> None:
    """The bar's style would be worked out anew four times a minute, all day."""
    told: list[Connection] = []
    owner = TaskOwner("test")

    async def never(_: Target) -> Opened:
        await asyncio.Event().wait()
        raise AssertionError

    connection = ConnectionController(
        open_workspace=never, owner=owner, on_state=told.append, on_joined=lambda _: None, now_ms=lambda: 5
    )
    for _ in range(3):
        connection.live()
    assert [each.state for each in told] == [ConnectionState.LIVE]
    for retry_in_s in (1, 1, 2):
        connection.lost(Offline("gone"), retry_in_s)
    assert [each.retry_at_ms for each in told[1:]] == [1_005, 2_005]
    connection.live()
    assert told[-1].state is ConnectionState.LIVE
    await owner.aclose()
