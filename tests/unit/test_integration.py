"""What is written so that the desktop starts the application: at login, and for parrot:// links."""

from __future__ import annotations

import configparser
import plistlib
import shlex
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from parrot_desktop.integration.autostart import IN_TRAY, LinuxAutostart, MacAutostart, WindowsAutostart
from parrot_desktop.integration.desktop_entry import exec_line
from parrot_desktop.integration.link_scheme import register_on_linux, register_on_windows

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = ("/opt/my apps/parrot-desktop", "--data-dir", "/data/100%")


class FakeKey:
    """A registry key as a dictionary, for systems without a registry."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, value: str) -> None:
        self.values[name] = value

    def delete(self, name: str) -> None:
        self.values.pop(name, None)


class CaseSensitive(configparser.ConfigParser):
    """The keys of a desktop entry are case-sensitive."""

    @override
    def optionxform(self, optionstr: str) -> str:
        return optionstr


def entry(path: Path) -> configparser.SectionProxy:
    parser = CaseSensitive(interpolation=None)
    parser.read(path, "utf-8")
    return parser["Desktop Entry"]


def test_exec_quotes_spaces_and_percent_signs_as_the_specification_says() -> None:
    assert exec_line(COMMAND, takes_url=True) == '"/opt/my apps/parrot-desktop" --data-dir /data/100%% %u'
    assert exec_line(['a"b$c`d\\e']) == '"a\\\\"b\\\\$c\\\\`d\\\\\\\\e"'


@pytest.mark.parametrize("kind", [LinuxAutostart, MacAutostart])
def test_start_at_login_can_be_turned_on_and_off(tmp_path: Path, kind: type[LinuxAutostart | MacAutostart]) -> None:
    login = kind(tmp_path / "login")
    assert not login.is_on()
    login.turn_on(COMMAND)
    assert login.is_on()
    login.turn_off()
    login.turn_off()
    assert not login.is_on()


def test_a_start_at_login_goes_to_the_tray(tmp_path: Path) -> None:
    LinuxAutostart(tmp_path).turn_on(COMMAND)
    (written,) = tmp_path.iterdir()
    assert shlex.split(entry(written)["Exec"].replace("%%", "%")) == [*COMMAND, IN_TRAY]
    MacAutostart(tmp_path / "mac").turn_on(COMMAND)
    (agent,) = (tmp_path / "mac").iterdir()
    assert plistlib.loads(agent.read_bytes())["ProgramArguments"] == [*COMMAND, IN_TRAY]
    key = FakeKey()
    WindowsAutostart(key).turn_on(COMMAND)
    assert list(key.values.values()) == [f'"{COMMAND[0]}" --data-dir /data/100% {IN_TRAY}']


def test_links_are_registered_once_and_again_only_when_the_command_changes(tmp_path: Path) -> None:
    register_on_linux(COMMAND, tmp_path)
    (written,) = tmp_path.iterdir()
    assert entry(written)["MimeType"] == "x-scheme-handler/parrot;"
    assert entry(written)["Exec"].endswith(" %u")
    first = written.stat().st_mtime_ns
    register_on_linux(COMMAND, tmp_path)
    assert written.stat().st_mtime_ns == first
    register_on_linux(("/usr/bin/parrot-desktop",), tmp_path)
    assert entry(written)["Exec"] == "/usr/bin/parrot-desktop %u"


def test_windows_hears_of_the_scheme_and_its_command() -> None:
    keys: dict[str, FakeKey] = {}
    register_on_windows(COMMAND, lambda path: keys.setdefault(path, FakeKey()))
    assert keys[r"Software\Classes\parrot"].values["URL Protocol"] == ""
    command = keys[r"Software\Classes\parrot\shell\open\command"].values[""]
    assert command == f'"{COMMAND[0]}" --data-dir /data/100% "%1"'
