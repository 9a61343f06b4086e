"""Memory that is free is given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

GROW_MB = 64

CODE = f"""
import pathlib
from parrot_server import memory

def resident_mb():
    status = pathlib.Path('/proc/self/status').read_text()
    return int(status.split('VmRSS:')[1].split()[0]) / 1024

blocks = [bytes(4_000) for _ in range({GROW_MB} * 250)]
last = bytes(4_000)
del blocks
full = resident_mb()
memory.give_back()
assert resident_mb() < full - {GROW_MB} / 2, (full, resident_mb())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is asked")
def test_free_memory_below_what_is_used_goes_back() -> None:
    ended = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
