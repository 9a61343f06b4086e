"""Getting a command to the source that owns the session, and saying so where nobody answers."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from parrot_server.store import commands, queries
from parrot_server.store.ingest import LOCAL_TOKEN, Sender

if TYPE_CHECKING:
    from parrot_server.services import Services
    from parrot_wire.records import Command, CommandResult

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
"""A source that listens and is alive answers a command well within this."""


async def deliver(services: Services, session_id: str, command: Command) -> CommandResult | None:
    """Hand the command to this machine's own sources, or to the stream of the token that sent the session.

    Returns the answer of this machine's own sources; None where it comes later. Where nobody answers the row says "not
    reachable since ..."; the command stays, for when the source comes back.
    """
    key = await services.db.read(queries.session_key, session_id)
    if key is None:
        return None
    if key.token_id == LOCAL_TOKEN:
        return await _act_here(services, session_id, command)
    if services.command_feed.send(key.token_id, command):
        services.background(_expect_answer(services, session_id, key.token_id, command, services.now()))
    else:
        await services.db.write(commands.mark_unreachable, [session_id], services.now())
    return None


async def _act_here(services: Services, session_id: str, command: Command) -> CommandResult | None:
    result = await services.sources.act(command) if services.sources is not None else None
    if result is None:
        await services.db.write(commands.mark_unreachable, [session_id], services.now())
        return None
    sender = Sender(token_id=LOCAL_TOKEN, member_id=command.actor, any_owner=True)
    await services.db.write(commands.finish, command.id, result, sender=sender, now=services.now())
    return result


async def _expect_answer(services: Services, session_id: str, token_id: str, command: Command, since: str) -> None:
    await asyncio.sleep(ANSWER_WITHIN_S)
    waiting = await services.db.read(commands.pending, token_id)
    if any(each.id == command.id for each in waiting):
        log.info("command %s on %s was not answered", command.id, session_id)
        await services.db.write(commands.mark_unreachable, [session_id], since)
