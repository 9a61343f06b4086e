"""What a person does to sessions, from wherever it was asked: the list, a session's window, a menu, the palette.

An action that fails says why where it was asked, and can be tried again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from parrot_desktop.actions import ActionId
from parrot_desktop.api.errors import WorkspaceError
from parrot_desktop.i18n import plural, tr
from parrot_desktop.links import SessionLink
from parrot_desktop.openers import CannotOpen, editor_command, reveal_command, terminal_command
from parrot_desktop.views.confirm import confirm
from parrot_desktop.views.toast import UNDO_MS, Notice
from parrot_wire.values import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from PySide6.QtWidgets import QWidget

    from parrot_desktop.api.workspace import Workspace
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_desktop.tasks import TaskOwner
    from parrot_wire.session import Detail, Row

log = logging.getLogger(__name__)

CONFIRM_WITHIN_S = 45.0
"""After which a source that has not confirmed a cancel is said not to have."""


class Place(Protocol):
    """Where an action was asked: a window."""

    @property
    def widget(self) -> QWidget: ...

    def say(self, notice: Notice) -> None: ...


class PendingListener(Protocol):
    """Draws what was asked for and is not confirmed yet."""

    def pending_changed(self, session_id: str, action: Action | None) -> None: ...


class Acting:
    """Does what an `ActionId` names to rows. ``copy`` puts text on the clipboard."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        workspace_id: str,
        owner: TaskOwner,
        settings: Settings,
        opener: Opener,
        copy: Callable[[str], None],
        listener: PendingListener,
    ) -> None:
        self._workspace = workspace
        self._workspace_id = workspace_id
        self._owner = owner
        self._settings = settings
        self._opener = opener
        self._copy = copy
        self._listener = listener
        self._pending: dict[str, asyncio.Event] = {}

    @property
    def handles(self) -> frozenset[ActionId]:
        """What `do` can do; opening, exporting and deciding belong to windows of their own."""
        return frozenset(
            {
                ActionId.CANCEL,
                ActionId.END,
                ActionId.RESUME,
                ActionId.OPEN_EDITOR,
                ActionId.COPY_LINK,
                ActionId.COPY_ID,
                ActionId.COPY_RESUME_COMMAND,
                ActionId.REVEAL_FILE,
            }
        )

    def do(self, action: ActionId, rows: Sequence[Row], place: Place) -> None:
        """Rows that no longer allow it were changed meanwhile: the server says so."""
        rows = tuple(rows)
        if not rows:
            return
        match action:
            case ActionId.CANCEL:
                self._ask_cancel(rows, place)
            case ActionId.END:
                self._run("end", self._end(rows, place))
            case ActionId.RESUME:
                self._with_detail(rows[0], place, action, self._resume)
            case ActionId.OPEN_EDITOR:
                self._with_detail(rows[0], place, action, self._open_editor)
            case ActionId.COPY_RESUME_COMMAND:
                self._with_detail(rows[0], place, action, self._copy_resume_command)
            case ActionId.REVEAL_FILE:
                self._with_detail(rows[0], place, action, self._reveal)
            case ActionId.COPY_LINK:
                self._copy("\n".join(str(SessionLink(self._workspace_id, row.id)) for row in rows))
                place.say(Notice(plural(len(rows), "Link copied", "{n} links copied")))
            case ActionId.COPY_ID:
                self._copy("\n".join(row.id for row in rows))
                place.say(Notice(plural(len(rows), "Id copied", "{n} ids copied")))
            case _:
                log.error("%s is not for this controller", action)

    def row_changed(self, row: Row | None, session_id: str) -> None:
        """A session has a new row, or none any more: what was pending may have been confirmed."""
        confirmed = self._pending.get(session_id)
        if confirmed is not None and (row is None or Action.CANCEL not in row.actions):
            confirmed.set()

    @property
    def pending(self) -> frozenset[str]:
        """Sessions whose cancel is not confirmed yet."""
        return frozenset(self._pending)

    # Cancel

    def _ask_cancel(self, rows: tuple[Row, ...], place: Place) -> None:
        if len(rows) == 1:
            title = tr("Cancel “{title}”?", title=_short(rows[0].title))
            text = tr("It is asked to stop where it is. What it has done so far stays.")
        else:
            title = plural(len(rows), "Cancel {n} run?", "Cancel {n} runs?")
            text = "\n".join(f"“{_short(row.title)}”" for row in rows[:8])
            if len(rows) > 8:
                text += "\n" + plural(len(rows) - 8, "and {n} more", "and {n} more")
        confirm(
            place.widget,
            title=title,
            text=text,
            yes=plural(len(rows), "Cancel run", "Cancel {n} runs"),
            on_yes=lambda: self._cancel_all(rows, place),
        )

    def _cancel_all(self, rows: tuple[Row, ...], place: Place) -> None:
        for row in rows:
            if row.id not in self._pending:
                self._run("cancel", self._cancel(row, place))

    async def _cancel(self, row: Row, place: Place) -> None:
        confirmed = asyncio.Event()
        self._pending[row.id] = confirmed
        self._listener.pending_changed(row.id, Action.CANCEL)
        try:
            await self._workspace.cancel(row.id)
            try:
                async with asyncio.timeout(CONFIRM_WITHIN_S):
                    await confirmed.wait()
            except TimeoutError:
                place.say(
                    _trouble(
                        tr("“{title}” has not confirmed the cancel yet. It may still stop.", title=_short(row.title)),
                        again=lambda: self._cancel_all((row,), place),
                    )
                )
        except WorkspaceError as error:
            place.say(
                _trouble(
                    tr("“{title}” was not cancelled. {why}", title=_short(row.title), why=error),
                    again=lambda: self._cancel_all((row,), place),
                )
            )
        finally:
            self._pending.pop(row.id, None)
            self._listener.pending_changed(row.id, None)

    # End

    async def _end(self, rows: tuple[Row, ...], place: Place) -> None:
        ended: list[Row] = []
        for row in rows:
            self._listener.pending_changed(row.id, Action.END)
            try:
                await self._workspace.end(row.id)
            except WorkspaceError as error:
                place.say(
                    _trouble(
                        tr("“{title}” was not ended. {why}", title=_short(row.title), why=error),
                        again=lambda failed=row: self._run("end", self._end((failed,), place)),
                    )
                )
            else:
                ended.append(row)
            finally:
                self._listener.pending_changed(row.id, None)
        if ended:
            done = tuple(ended)
            text = (
                tr("Ended “{title}”", title=_short(done[0].title))
                if len(done) == 1
                else plural(len(done), "Ended {n} conversation", "Ended {n} conversations")
            )
            place.say(
                Notice(
                    text,
                    button=tr("Undo"),
                    on_button=lambda: self._run("reopen", self._reopen(done, place)),
                    lasts_ms=UNDO_MS,
                )
            )

    async def _reopen(self, rows: tuple[Row, ...], place: Place) -> None:
        for row in rows:
            try:
                await self._workspace.reopen(row.id)
            except WorkspaceError as error:
                place.say(
                    _trouble(
                        tr("“{title}” could not be opened again. {why}", title=_short(row.title), why=error),
                        again=lambda failed=row: self._run("reopen", self._reopen((failed,), place)),
                    )
                )

    # On this machine

    def _with_detail(self, row: Row, place: Place, action: ActionId, then: Callable[[Detail, Place], None]) -> None:
        async def fetch() -> None:
            try:
                then(await self._workspace.detail(row.id), place)
            except (WorkspaceError, CannotOpen) as error:
                place.say(_trouble(str(error), again=lambda: self.do(action, (row,), place)))

        self._run(action, fetch())

    def _resume(self, detail: Detail, place: Place) -> None:
        command = detail.resume_command
        if not command:
            raise CannotOpen(tr("This session's tool has no command to resume it."))
        folder = self._folder_here(detail, tr("Resume it there with: {command}", command=shlex.join(command)))
        words = terminal_command(command, folder, custom=self._settings.terminal_command)
        self._opener.run(words)

    def _open_editor(self, detail: Detail, place: Place) -> None:
        folder = self._folder_here(detail, "")
        self._opener.run(editor_command(folder, editor=self._settings.editor, custom=self._settings.editor_command))

    def _copy_resume_command(self, detail: Detail, place: Place) -> None:
        if not detail.resume_command:
            raise CannotOpen(tr("This session's tool has no command to resume it."))
        self._copy(_resume_line(detail.resume_command, detail.cwd))
        place.say(Notice(tr("Resume command copied")))

    def _reveal(self, detail: Detail, place: Place) -> None:
        if not detail.source_file:
            raise CannotOpen(tr("This session was not read from a file."))
        path = Path(detail.source_file)
        if not _is_here(detail.machine) or not path.exists():
            where = detail.machine or tr("another machine")
            raise CannotOpen(tr("Its transcript lies on {machine}: {path}", machine=where, path=path))
        self._opener.run(reveal_command(path))

    def _folder_here(self, detail: Detail, hint: str) -> Path:
        """The session's folder. Raises CannotOpen where it is not on this machine."""
        if not detail.cwd:
            raise CannotOpen(tr("It is not known in which folder this session worked."))
        folder = Path(detail.cwd)
        if not _is_here(detail.machine):
            text = tr("It worked on {machine}, in {folder}.", machine=detail.machine, folder=folder)
            raise CannotOpen(f"{text} {hint}".strip())
        if not folder.is_dir():
            raise CannotOpen(tr("Its folder {folder} is no longer there.", folder=folder))
        return folder

    def _run(self, name: str, coro: Coroutine[object, object, None]) -> None:
        self._owner.spawn(coro, name=name)


def _resume_line(command: Sequence[str], folder: str | None) -> str:
    """One line for a shell of this system, which goes to the session's folder first."""
    if sys.platform == "win32":
        line = subprocess.list2cmdline(command)
        return f'cd /d "{folder}" && {line}' if folder else line
    line = shlex.join(command)
    return f"cd {shlex.quote(folder)} && {line}" if folder else line


def _is_here(machine: str | None) -> bool:
    """Whether a session of that machine worked on this one; unknown counts as here, its folder will tell."""
    if not machine:
        return True
    names = {platform.node(), os.environ.get("COMPUTERNAME", "")}
    here = {name.partition(".")[0].casefold() for name in names if name}
    return machine.partition(".")[0].casefold() in here


def _short(title: str) -> str:
    """A title that fits a sentence."""
    line = " ".join(title.split())
    return line if len(line) <= 70 else line[:69].rstrip() + "…"


def _trouble(text: str, *, again: Callable[[], None]) -> Notice:
    return Notice(text, button=tr("Retry"), on_button=again, lasts_ms=UNDO_MS, is_trouble=True)
