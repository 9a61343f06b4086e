"""`parrot read-ahead`: reads transcripts for a server's first index, and ends with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from parrot_server.index import reading_process

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments: what to read comes through standard input."""
    del parser


def run(arguments: argparse.Namespace) -> int:
    del arguments
    reading_process.run(sys.stdin.buffer, sys.stdout.buffer)
    return 0
