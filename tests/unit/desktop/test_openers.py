"""Which programs would be started: the words for every platform, without starting any."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from parrot_desktop.openers import CannotOpen, Open, Opener, editor_command, reveal_command, terminal_command

if TYPE_CHECKING:
    from collections.abc import Callable

RESUME = ["claude", "--resume", "it's; rm -rf $HOME"]
FOLDER = Path("/home/me/my shop")


def having(*names: str) -> Callable[[str], str | None]:
    """A machine on which these programs are installed."""
    return lambda name: f"/usr/bin/{name}" if name in names else None


def test_linux_terminal_runs_the_command_in_the_folder_and_stays() -> None:
    """The desktop's terminal opens in the folder with the command as it is, whatever is in it, then a shell."""
    words = terminal_command(
        RESUME, FOLDER, platform="linux", which=having("konsole", "xterm"), environment={"SHELL": "/bin/zsh"}
    )
    assert words[:4] == ["/usr/bin/konsole", "-e", "/bin/zsh", "-c"]
    assert words[4] == f"cd '/home/me/my shop' && {shlex.join(RESUME)}; exec /bin/zsh"


def test_linux_terminal_of_the_person_comes_first() -> None:
    """$TERMINAL wins over what is found, and the setting over both."""
    environment = {"TERMINAL": "foot"}
    assert (
        terminal_command(RESUME, FOLDER, platform="linux", which=having("foot", "xterm"), environment=environment)[0]
        == "/usr/bin/foot"
    )
    custom = terminal_command(RESUME, FOLDER, platform="linux", custom="tmux new-window -c {folder} {command}")
    assert custom == ["tmux", "new-window", "-c", str(FOLDER), shlex.join(RESUME)]


def test_no_terminal_says_what_to_do() -> None:
    """A machine without any known terminal gets a sentence."""
    with pytest.raises(CannotOpen, match="copy the resume command"):
        terminal_command(RESUME, FOLDER, platform="linux", which=having(), environment={})


def test_mac_terminal_quotes_for_both_languages() -> None:
    """AppleScript inside, a shell inside that: both get the text unbroken."""
    words = terminal_command(['say "hi"'], FOLDER, platform="darwin")
    assert words[0] == "osascript"
    assert r"cd '/home/me/my shop' && 'say \"hi\"'" in words[2]


def test_windows_terminal() -> None:
    """Windows Terminal where it is installed, else the console."""
    with_wt = terminal_command(["claude", "--resume", "a b"], FOLDER, platform="win32", which=having("wt"))
    assert with_wt == ["/usr/bin/wt", "-d", str(FOLDER), "cmd", "/k", 'claude --resume "a b"']
    without = terminal_command(["claude"], FOLDER, platform="win32", which=having())
    assert without[:4] == ["cmd", "/c", "start", ""]


@pytest.mark.parametrize(
    ("editor", "installed", "words"),
    [
        ("auto", ("code",), ["/usr/bin/code", "--goto", "/a/b.py:7"]),
        ("auto", ("zed",), ["/usr/bin/zed", "/a/b.py:7"]),
        ("cursor", ("cursor", "code"), ["/usr/bin/cursor", "--goto", "/a/b.py:7"]),
        ("jetbrains", ("pycharm",), ["/usr/bin/pycharm", "--line", "7", "/a/b.py"]),
        ("auto", (), Open("vscode://file/a/b.py:7")),
        ("cursor", (), Open("cursor://file/a/b.py:7")),
    ],
)
def test_editor_opens_a_file_at_its_line(editor: str, installed: tuple[str, ...], words: list[str] | Open) -> None:
    """Each editor in its own way; where none is on the PATH, its link."""
    found = editor_command(Path("/a/b.py"), line=7, editor=editor, which=having(*installed), platform="linux")
    assert found == words


def test_editor_of_one_s_own() -> None:
    """A custom command takes path and line; a missing or torn one is told."""
    assert editor_command(Path("/a b"), line=3, editor="custom", custom="vi '+{line}' {path}") == ["vi", "+3", "/a b"]
    with pytest.raises(CannotOpen):
        editor_command(Path("/a"), editor="custom")
    with pytest.raises(CannotOpen):
        editor_command(Path("/a"), editor="custom", custom="vi 'torn")


def test_revealing_a_file() -> None:
    """The file manager marks the file where it can; else its folder opens."""
    path = Path("/home/me/a, b.jsonl")
    assert reveal_command(path, platform="darwin") == ["open", "-R", str(path)]
    words = reveal_command(path, platform="linux", which=having("dbus-send"))
    assert isinstance(words, list)
    assert "array:string:file:///home/me/a%2C%20b.jsonl" in words
    assert reveal_command(path, platform="linux", which=having()) == Open("file:///home/me")


def test_a_program_that_is_not_there_is_told() -> None:
    """Starting fails with a sentence, and so does a link that nobody opens."""
    opener = Opener(open_url=lambda _: False)
    with pytest.raises(CannotOpen, match="no-such-program could not be started"):
        opener.run([str(PurePosixPath("/no-such-program"))])
    with pytest.raises(CannotOpen, match="Nothing on this machine opens vscode"):
        opener.run(Open("vscode://file/a"))
