"""`parrot show`: one session, with what it did and what it cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from parrot_client.errors import Forbidden
from parrot_server.commands import captions
from parrot_server.commands.connect import Workspace, add_workspace_arguments, run_connected
from parrot_server.commands.naming import find_session
from parrot_server.commands.session_table import session_table, status
from parrot_wire.codec import encode
from parrot_wire.session import ErrorPart, Image, Notice, Text, Thinking, ToolCall, ToolResult
from parrot_wire.times import to_ms
from parrot_wire.values import Kind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from parrot_wire.session import Detail, Message, Part, Timeline, Turn

MESSAGES = 6
TURNS = 10
_LONGEST = 600


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", metavar="ID", help="its id, short id, or a parrot:// link")
    parser.add_argument(
        "-m",
        "--messages",
        type=int,
        default=MESSAGES,
        metavar="N",
        help=f"how many last messages (default: {MESSAGES})",
    )
    parser.add_argument("--json", action="store_true", help="the session as the protocol has it, on one line")
    add_workspace_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    return run_connected(arguments, lambda workspace: _show(workspace, arguments), command="show")


async def _show(workspace: Workspace, arguments: argparse.Namespace) -> int:
    client = workspace.client
    row = await find_session(client, arguments.session)
    detail = await client.session(row.id)
    if arguments.json:
        print(encode(detail).decode())
        return 0
    names = {member.id: member.name for member in await client.members()}
    timeline = await client.timeline(row.id) if detail.kind is Kind.FLOW else None
    turns = (await client.turns(row.id)).items
    try:
        wanted = max(arguments.messages, 0)
        messages = (await client.messages(row.id, from_end=True, limit=min(wanted, 500))).items if wanted else ()
    except Forbidden:
        messages = ()
    console = Console(highlight=False)
    now_ms = time.time_ns() // 1_000_000
    _print_head(console, detail, names, now_ms)
    if timeline is not None:
        _print_steps(console, timeline, names, now_ms)
    if detail.children:
        console.print("\n[bright_black]CHILDREN[/]")
        console.print(session_table(detail.children, names, width=console.width))
    if turns:
        _print_turns(console, turns)
    if messages:
        console.print("\n[bright_black]LAST MESSAGES[/]")
        for message in messages:
            _print_message(console, message)
    return 0


def _print_head(console: Console, detail: Detail, names: Mapping[str, str], now_ms: int) -> None:
    reason = captions.why(detail)
    console.print(f"[bold]{escape(detail.title)}[/]")
    line = f"{status(detail)}  {captions.elapsed(detail, now_ms)}  {escape(captions.cost_caption(detail.cost))}"
    console.print(line + (f"  [{captions.COLOURS[detail.status.group]}]{escape(reason)}[/]" if reason else ""))
    facts = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    facts.add_column(style="bright_black", no_wrap=True)
    facts.add_column(overflow="fold")
    tokens = detail.tokens
    pull_request = detail.pull_request
    for name, value in (
        ("id", f"{detail.id} ({detail.short_id})"),
        ("owner", names.get(detail.owner, detail.owner)),
        ("source", f"{detail.source} {detail.agent_version or ''}".strip()),
        ("started", detail.started_at),
        ("active", captions.ago(detail.last_activity_at, now_ms)),
        ("model", ", ".join(detail.models) or detail.model),
        ("project", detail.project.title if detail.project else None),
        ("initiative", detail.initiative.title if detail.initiative else None),
        ("plan", detail.plan.title if detail.plan else None),
        ("branch", detail.branch),
        ("pull request", f"#{pull_request.number} {pull_request.url}" if pull_request else None),
        ("folder", f"{detail.cwd} on {detail.machine}" if detail.cwd and detail.machine else detail.cwd),
        ("messages", f"{detail.message_count}, {detail.tool_call_count} tool calls, {detail.turn_count} turns"),
        ("tokens", f"{tokens.total:,} ({tokens.input:,} in, {tokens.output:,} out)" if tokens.total else None),
        ("error", detail.error),
        ("resume", " ".join(detail.resume_command) if detail.resume_command else None),
    ):
        if value:
            facts.add_row(name, escape(value))
    console.print(facts)


def _print_steps(console: Console, timeline: Timeline, names: Mapping[str, str], now_ms: int) -> None:
    console.print("\n[bright_black]STEPS[/]")
    for step in timeline.steps:
        end = to_ms(step.ended_at) if step.ended_at else now_ms
        took = captions.duration(end - to_ms(step.started_at)) if step.started_at else ""
        colour = captions.COLOURS[step.status.group]
        error = f"  [red]{escape(step.error)}[/]" if step.error else ""
        console.print(f"{captions.step_strip((step,))} {escape(step.name)}  [{colour}]{step.status}[/]  {took}{error}")
    for checkpoint in timeline.checkpoints:
        by = f" by {names.get(checkpoint.decided_by, checkpoint.decided_by)}" if checkpoint.decided_by else ""
        comment = f": {checkpoint.comment}" if checkpoint.comment else ""
        text = f"checkpoint before {checkpoint.before_step}: {checkpoint.status}{by}{comment}"
        console.print(f"  [bright_black]{escape(text)}[/]")
    for artifact in timeline.artifacts:
        console.print(f"  [blue]{escape(artifact.title)}[/] [bright_black]{escape(artifact.url or '')}[/]")


def _print_turns(console: Console, turns: tuple[Turn, ...]) -> None:
    console.print(f"\n[bright_black]TURNS[/] ({len(turns)})")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for turn in turns[: -TURNS - 1 : -1]:
        cost = captions.money(turn.cost) if turn.cost is not None else ""
        table.add_row(str(turn.n), turn.model or "", str(turn.basis), cost, f"{turn.tokens.total:,} tokens")
    console.print(table)


def _print_message(console: Console, message: Message) -> None:
    who = f"{message.role}{f' · {message.step}' if message.step else ''}"
    console.print(f"[bold]{escape(who)}[/] [bright_black]{message.at}[/]")
    for part in message.parts:
        text = _said(part)
        if text:
            short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            console.print("  " + escape(short).replace("\n", "\n  "))


def _said(part: Part) -> str:
    match part:
        case Text() | Notice():
            return part.text
        case Thinking():
            return f"(thought) {part.text}" if part.text else ""
        case ToolCall():
            return f"→ {part.name} {encode(part.input).decode()}"
        case ToolResult():
            code = f" (exit {part.exit_code})" if part.exit_code else ""
            return f"← {'failed' if part.ok is False else 'ok'}{code} {part.text}"
        case ErrorPart():
            return f"! {part.text}"
        case Image():
            return f"({part.media_type})"
