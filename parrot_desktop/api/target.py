"""What a person names when a workspace is to be opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``url`` empty: the workspace of ``data_dir``, whose server is started with ``server_arguments`` if need be."""

    data_dir: Path
    url: str = ""
    token: str = field(default="", repr=False)
    """Given by hand for this run; else it is looked for."""
    token_file: Path | None = None
    is_given: bool = False
    """Named when the program was started: then what the environment holds is its token."""
    server_arguments: tuple[str, ...] = ()
    server_environment: Mapping[str, str] | None = field(default=None, repr=False)
    """Of a server that is started; None is this process's own."""

    @property
    def is_local(self) -> bool:
        return not self.url
