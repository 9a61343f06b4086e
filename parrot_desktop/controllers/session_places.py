"""Where links of a session lead: web addresses to the browser, files to the editor, everything else nowhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_desktop.i18n import tr
from parrot_desktop.openers import CannotOpen, Open, editor_command
from parrot_desktop.settings import Editor

if TYPE_CHECKING:
    from parrot_desktop.openers import Opener
    from parrot_desktop.settings import Settings
    from parrot_wire.session import Detail

_PLACE = re.compile(r"file:(?://)?(?P<path>.+?)(?::(?P<line>\d{1,7})(?::\d+)?)?")

_NAMES = {
    Editor.VSCODE: "VS Code",
    Editor.CURSOR: "Cursor",
    Editor.ZED: "Zed",
    Editor.JETBRAINS: "JetBrains",
}
_PROGRAMS = (
    ("code", "VS Code"),
    ("cursor", "Cursor"),
    ("zed", "Zed"),
    ("idea", "IntelliJ IDEA"),
    ("pycharm", "PyCharm"),
)


def editor_words(settings: Settings) -> str:
    """What the button says: "Open in VS Code"."""
    if settings.editor is Editor.CUSTOM:
        return tr("Open in editor")
    name = _NAMES.get(settings.editor)
    if name is None:
        name = next((title for program, title in _PROGRAMS if shutil.which(program)), "VS Code")
    return tr("Open in {editor}", editor=name)


def open_target(target: str, *, detail: Detail | None, settings: Settings, opener: Opener) -> None:
    """Open an http(s) address or ``file:PATH[:LINE]``. Raises CannotOpen, with what is in the way."""
    if target.lower().startswith(("http://", "https://")):
        opener.run(Open(target))
        return
    found = _PLACE.fullmatch(target)
    if found is None:
        raise CannotOpen(tr("This link leads nowhere that can be opened."))
    path = local_path(found["path"], detail)
    line = int(found["line"]) if found["line"] else None
    opener.run(editor_command(path, line=line, editor=settings.editor, custom=settings.editor_command))


def local_path(text: str, detail: Detail | None) -> Path:
    """A path of the session as one of this machine. Raises CannotOpen where there is no such file here."""
    # A network path would make Windows greet a stranger's server with the person's credentials.
    if text.startswith(("\\\\", "//")):
        raise CannotOpen(tr("Files of other machines are not opened: {path}", path=text))
    path = Path(text).expanduser()
    if not path.is_absolute():
        if detail is None or not detail.cwd:
            raise CannotOpen(tr("It is not known in which folder {path} lies.", path=text))
        path = Path(detail.cwd) / path
    if not path.exists():
        machine = detail.machine if detail is not None else None
        if machine:
            raise CannotOpen(tr("{path} is not here; the session worked on {machine}.", path=path, machine=machine))
        raise CannotOpen(tr("{path} is not on this machine.", path=path))
    return path
