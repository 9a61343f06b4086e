"""The command line of ``parrot-desktop``."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_desktop.links import BadLink, SessionLink, parse_link
from parrot_desktop.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

THEMES = ("system", "light", "dark", "high-contrast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for. ``workspace`` empty: this machine's own. ``size`` is width, height."""

    workspace: str = ""
    token_file: Path | None = None
    data_dir: Path | None = None
    sources: tuple[str, ...] = ()
    no_local_sources: bool = False
    sample: bool = False
    screenshot: Path | None = None
    theme: str | None = None
    size: tuple[int, int] | None = None
    session: str | None = None
    in_tray: bool = False
    link: SessionLink | None = None

    @property
    def server_arguments(self) -> list[str]:
        """For ``parrot serve``, where this window starts it."""
        arguments = [word for source in self.sources for word in ("--source", source)]
        if self.no_local_sources:
            arguments.append("--no-local-sources")
        return arguments

    @property
    def may_hand_over(self) -> bool:
        """Whether a window that is open already may do what was asked."""
        return self.screenshot is None and not self.sample and not self.sources and not self.no_local_sources


def parse_options(arguments: Sequence[str]) -> Options:
    """Ends the program with a sentence for a bad argument, and for ``--help`` and ``--version``."""
    parser = argparse.ArgumentParser(
        prog="parrot-desktop", description="A live window on the work of your coding agents."
    )
    add = parser.add_argument
    add("--workspace", metavar="URL", default=os.environ.get("PARROT_WORKSPACE", ""), help="a team's workspace server")
    add("--token-file", metavar="FILE", type=Path, help="holds the token for it; nobody else may read the file")
    add("--data-dir", metavar="DIR", type=Path, help="where this machine's own workspace is kept")
    add(
        "--source",
        metavar="NAME=PATH",
        action="append",
        default=[],
        type=_source,
        help="read this tool's folder (claude-code=DIR, codex=DIR, ...) in place of the tools' own; may repeat",
    )
    add("--no-local-sources", action="store_true", help="read no tool's files on this machine")
    add("--sample", action="store_true", help="open the sample workspace: made-up people at work")
    add("--screenshot", metavar="FILE", type=Path, help="draw the window to a PNG once its rows are there, and end")
    add("--theme", choices=THEMES, help="for this run")
    add("--size", metavar="WxH", type=_size, help="of the window")
    add("--session", metavar="ID", help="open this session")
    add("--in-tray", action="store_true", help="start without a window, where the desktop has a tray")
    add("--version", action="version", version=f"parrot-desktop {VERSION}")
    add("link", nargs="?", type=_link, help="a parrot:// link to open")
    found = parser.parse_args(arguments)
    if found.sample and (found.workspace or found.source):
        parser.error("--sample goes with neither --workspace nor --source")
    return Options(
        workspace=found.workspace,
        token_file=found.token_file,
        data_dir=found.data_dir,
        sources=tuple(found.source),
        no_local_sources=found.no_local_sources,
        sample=found.sample,
        screenshot=found.screenshot,
        theme=found.theme,
        size=found.size,
        session=found.session,
        in_tray=found.in_tray,
        link=found.link,
    )


def _source(text: str) -> str:
    name, separator, path = text.partition("=")
    if not name or not separator or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH")
    return f"{name}={Path(path).expanduser().absolute()}"


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1360x860")
    size = int(width), int(height)
    if not all(100 <= side <= 10_000 for side in size):
        raise argparse.ArgumentTypeError("a side has 100 to 10000 pixels")
    return size


def _link(text: str) -> SessionLink:
    try:
        return parse_link(text)
    except BadLink as error:
        raise argparse.ArgumentTypeError(str(error)) from error
