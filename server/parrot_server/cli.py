"""`parrot`: one program, a sub-command for everything without a window.

Each command is a module of `parrot_server.commands` with ``configure(parser)`` and ``run(arguments) -> exit code``;
`commands.COMMANDS` lists them. Only the module of the command that was called is imported.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from parrot_server.commands import COMMANDS
from parrot_server.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. 130 where it was interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in words if not word.startswith("-")), None)
    module = importlib.import_module(f"parrot_server.commands.{COMMANDS[name].module}") if name in COMMANDS else None
    parser = _Parser(prog="parrot", description="What your coding agents do: sessions, transcripts and costs.")
    parser.add_argument("--version", action="version", version=f"parrot {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for each, command in COMMANDS.items():
        sub = commands.add_parser(each, help=command.summary, description=command.summary)
        if module is not None and each == name:
            module.configure(sub)
    arguments = parser.parse_args(words)
    if module is None:  # --help and --version have ended by now
        parser.error(f"there is no command {name!r}")
    try:
        return int(module.run(arguments))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`parrot ls | head`). The interpreter must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """Errors in one line, with where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See `{self.prog} --help`.\n")
