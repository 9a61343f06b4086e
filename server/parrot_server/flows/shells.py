"""Which arguments of a command are a program's text, where a template would let a value become a command."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh", "rbash"})
_WINDOWS_SHELLS = frozenset({"cmd", "powershell", "pwsh"})
_INTERPRETERS = {
    "awk": None,
    "bun": "-e",
    "deno": "eval",
    "eval": None,
    "gawk": None,
    "lua": "-e",
    "node": "-e",
    "osascript": "-e",
    "perl": "-e",
    "php": "-r",
    "pypy": "-c",
    "python": "-c",
    "ruby": "-e",
    "sed": None,
}
"""Programs that run a text given as an argument, by the option before it; None: their first plain argument is it."""

_TAKES_VALUE = {"python": ("-X", "-W"), "pypy": ("-X", "-W"), "awk": ("-v", "-F"), "gawk": ("-v", "-F")}


def program_text(command: Sequence[str], is_template: Sequence[bool]) -> int | None:
    """The index of the first template that stands where a shell or an interpreter expects its options or its program.

    ``is_template`` says of each argument whether it holds a template. What follows a literal program (or the file that
    holds it) is data, so ``["sh", "-c", "echo \\"$1\\"", "sh", "{{ x }}"]`` is fine. None where all is well. A template
    as the command itself counts too, since it could name a shell. Shells that another program starts (``env``,
    ``timeout``, ``docker exec``) are found by their name and their ``-c``.
    """
    if is_template[0]:
        return 0
    name = _program(command[0])
    if _runs_text(name):
        return _first_in_program(name, command, is_template, 1, strict=True)
    for index in range(1, len(command)):
        name = _program(command[index])
        if not is_template[index] and _runs_text(name):
            found = _first_in_program(name, command, is_template, index + 1, strict=False)
            if found is not None:
                return found
    return None


def _runs_text(name: str) -> bool:
    return name in _SHELLS or name in _INTERPRETERS or name in _WINDOWS_SHELLS


def _program(argument: str) -> str:
    """``/usr/bin/python3.11`` and ``Python.exe`` -> ``python``."""
    name = PurePath(argument.replace("\\", "/")).name.casefold().removesuffix(".exe")
    return re.sub(r"^(python|pypy|ruby|php|perl|lua)[\d.]+$", r"\1", name)


def _first_in_program(
    name: str, command: Sequence[str], is_template: Sequence[bool], start: int, *, strict: bool
) -> int | None:
    """Walks over the options of a shell. ``strict``: a template among them counts too, for it could be ``-c``."""
    templates = (i for i in range(start, len(command)) if is_template[i])
    if name in _WINDOWS_SHELLS:  # joins everything after /c or -Command into one program
        literal = {argument.casefold() for argument in command[start:]}
        return next(templates, None) if strict or literal & {"/c", "/k", "-command", "-c"} else None
    index = start
    while index < len(command):
        argument = command[index]
        if is_template[index]:
            return index if strict else None
        if argument in _TAKES_VALUE.get(name, ()) or (name in _SHELLS and re.fullmatch(r"[-+][a-zA-Z]*o", argument)):
            index += 2  # `-o pipefail`, `-X dev`, `-F :`
            continue
        if _asks_for_program(name, argument):
            program = _program_after(name, command, index + 1)
            return program if program < len(command) and is_template[program] else None
        if not argument.startswith(("-", "+")):
            return None  # the program itself, or the file that holds it: what follows is data
        index += 1
    return None


def _asks_for_program(name: str, argument: str) -> bool:
    """Whether the argument after this option is program text."""
    if name in _SHELLS:
        return argument == "--command" or bool(re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", argument))
    option = _INTERPRETERS[name]
    if option is None:
        return argument in ("-e", "--expression", "--source")
    if argument in (option, "--eval", "--print", "-p", "-E"):
        return True
    return len(option) == 2 and bool(re.fullmatch(rf"-[a-zA-Z]*{option[1]}", argument))


def _program_after(name: str, command: Sequence[str], index: int) -> int:
    """A shell takes its program from the first argument that is no option: ``sh -c -e 'exit 1'``."""
    while name in _SHELLS and index < len(command) and command[index].startswith(("-", "+")):
        if command[index] == "--":
            return index + 1
        index += 2 if re.fullmatch(r"[-+][a-zA-Z]*o", command[index]) else 1
    return index
