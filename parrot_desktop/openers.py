"""Opening what belongs to other programs: a terminal with a command, a folder or a file in an editor, a file's folder.

`*_command` are pure: they say which words would be run on a platform, given what is installed. `Opener` runs them.
Words are handed over as words, never through a shell of ours; where a terminal wants one text for its own shell, every
word is quoted for that shell.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parrot_desktop.settings import Editor


class CannotOpen(Exception):
    """Nothing here can do it; the text says what would help."""


@dataclass(frozen=True, slots=True)
class Open:
    """An address for the desktop's own opener, instead of a program."""

    url: str


_LINUX_TERMINALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("xdg-terminal-exec", ()),
    ("x-terminal-emulator", ("-e",)),
    ("gnome-terminal", ("--",)),
    ("kgx", ("--",)),
    ("konsole", ("-e",)),
    ("xfce4-terminal", ("-x",)),
    ("kitty", ()),
    ("alacritty", ("-e",)),
    ("foot", ()),
    ("wezterm", ("start", "--")),
    ("ghostty", ("-e",)),
    ("xterm", ("-e",)),
)
"""Programs, the desktop's own choice first, and what stands between them and the command."""

_EDITORS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "vscode": (("code", "code-insiders", "codium"), "vscode"),
    "cursor": (("cursor",), "cursor"),
    "zed": (("zed", "zeditor"), "zed"),
    "jetbrains": (("idea", "pycharm", "webstorm", "goland", "clion", "rider"), None),
}
"""Programs on the PATH, and the scheme of links that the editor answers."""


def terminal_command(
    command: Sequence[str],
    folder: Path,
    *,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
    custom: str = "",
    environment: dict[str, str] | None = None,
) -> list[str]:
    """The words that open a terminal in ``folder`` running ``command``, and leave a shell there when it ends.

    custom: words with ``{command}``, from the settings. Raises CannotOpen.
    """
    env = os.environ if environment is None else environment
    if custom.strip():
        return _custom(custom, {"{command}": shlex.join(command), "{folder}": str(folder)})
    if platform == "darwin":
        script = f"cd {shlex.quote(str(folder))} && {shlex.join(command)}"
        text = script.replace("\\", "\\\\").replace('"', '\\"')
        return [
            "osascript",
            "-e",
            f'tell application "Terminal" to do script "{text}"',
            "-e",
            'tell application "Terminal" to activate',
        ]
    if platform == "win32":
        line = subprocess.list2cmdline(command)
        if (windows_terminal := which("wt")) is not None:
            return [windows_terminal, "-d", str(folder), "cmd", "/k", line]
        return ["cmd", "/c", "start", "", "/d", str(folder), "cmd", "/k", line]
    shell = env.get("SHELL") or "/bin/sh"
    inner = [shell, "-c", f"cd {shlex.quote(str(folder))} && {shlex.join(command)}; exec {shlex.quote(shell)}"]
    wanted = env.get("TERMINAL", "").strip()
    terminals = ((wanted, ("-e",)), *_LINUX_TERMINALS) if wanted else _LINUX_TERMINALS
    for name, between in terminals:
        path = which(name)
        if path is not None:
            return [path, *between, *inner]
    raise CannotOpen("No terminal program was found. Name one in the settings, or copy the resume command instead.")


def editor_command(
    path: Path,
    *,
    line: int | None = None,
    editor: Editor | str = "auto",
    custom: str = "",
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str] | Open:
    """How to show a folder, or a file at a line (from 1), in the editor of the settings.

    ``auto`` takes the first that is installed, and VS Code's link where none is. Raises CannotOpen.
    """
    if editor == "custom":
        if not custom.strip():
            raise CannotOpen("The settings name no editor command.")
        return _custom(custom, {"{path}": str(path), "{line}": str(line or 1)})
    names = list(_EDITORS) if editor == "auto" else [str(editor)]
    for name in names:
        for program in _EDITORS[name][0]:
            found = which(program)
            if found is not None:
                return _editor_words(name, found, path, line)
    scheme = _EDITORS["vscode" if editor == "auto" else str(editor)][1]
    if scheme is None:
        raise CannotOpen("None of the JetBrains programs is on the PATH; their Toolbox can put it there.")
    place = path.as_posix() if platform != "win32" else f"/{path.as_posix()}"
    return Open(f"{scheme}://file{quote(place)}" + (f":{line}" if line is not None else ""))


def _editor_words(name: str, program: str, path: Path, line: int | None) -> list[str]:
    if line is None:
        return [program, str(path)]
    match name:
        case "vscode" | "cursor":
            return [program, "--goto", f"{path}:{line}"]
        case "zed":
            return [program, f"{path}:{line}"]
        case _:
            return [program, "--line", str(line), str(path)]


def reveal_command(
    path: Path, *, platform: str = sys.platform, which: Callable[[str], str | None] = shutil.which
) -> list[str] | Open:
    """How to show a file in its folder, the file marked where the system can."""
    if platform == "darwin":
        return ["open", "-R", str(path)]
    if platform == "win32":
        return ["explorer", f"/select,{path}"]
    dbus_send = which("dbus-send")
    if dbus_send is not None:
        # A comma would part the array of addresses.
        uri = path.as_uri().replace(",", "%2C")
        return [
            dbus_send,
            "--session",
            "--print-reply",
            "--reply-timeout=2000",
            "--dest=org.freedesktop.FileManager1",
            "/org/freedesktop/FileManager1",
            "org.freedesktop.FileManager1.ShowItems",
            f"array:string:{uri}",
            "string:",
        ]
    return Open(path.parent.as_uri())


def _custom(text: str, values: dict[str, str]) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise CannotOpen(f"The command in the settings cannot be read: {error}.") from error
    for name, value in values.items():
        words = [word.replace(name, value) for word in words]
    return words


class Opener:
    """Runs what the functions of this module say.

    open_url: hands an address to the desktop; False where nobody took it.
    """

    def __init__(self, *, open_url: Callable[[str], bool]) -> None:
        self._open_url = open_url

    def run(self, what: list[str] | Open) -> None:
        """Start it and let it go. Raises CannotOpen."""
        if isinstance(what, Open):
            if not self._open_url(what.url):
                raise CannotOpen(f"Nothing on this machine opens {what.url.partition(':')[0]}: links.")
            return
        try:
            subprocess.Popen(
                what,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotOpen(f"{Path(what[0]).name} could not be started: {error.strerror or error}.") from error
