"""What a window leaves behind is gone before the next test."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Its widgets go here, in Qt's thread: Python would collect them in whichever thread of a later test allocates."""
    yield
    gc.collect()
