"""Tools are called what they call themselves."""

from __future__ import annotations

import pytest

from parrot_desktop.domain.tool_names import tool_name
from parrot_server.index.tools import ON_REQUEST, TOOLS


@pytest.mark.parametrize("source", [tool.name for tool in (*TOOLS, *ON_REQUEST)])
def test_every_tool_that_is_read_has_its_proper_name(source: str) -> None:
    """Not the word for it in options and addresses; opencode alone is written so by its makers."""
    assert tool_name(source) != source or source == "opencode"


def test_a_tool_of_one_s_own_keeps_the_name_that_it_reports() -> None:
    assert tool_name("nightly-build") == "nightly-build"
