"""Whom the server answers: no page that rebinds its name, no other origin."""

from __future__ import annotations

import pytest

from parrot_server.guard import Hosts, is_loopback


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("127.0.0.1:4711", True),
        ("127.0.0.1", True),
        ("localhost:1", True),
        ("LOCALHOST:80", True),
        ("[::1]:8080", True),
        ("127.0.0.2:80", True),
        ("evil.example", False),
        ("evil.example:4711", False),
        ("127.0.0.1.evil.example", False),
        ("192.168.1.5:80", False),
        ("localhost@evil.example", False),
        ("localhost:99999999", False),
        ("localhost/x", False),
        ("", False),
    ],
)
def test_on_a_loopback_bind_only_this_machine_s_names(header: str, accepted: bool) -> None:
    assert Hosts("127.0.0.1").accept(header) == accepted


def test_on_a_network_bind_addresses_and_the_names_given() -> None:
    hosts = Hosts("0.0.0.0", ["parrot.acme.example"])
    assert hosts.accept("10.1.2.3:8080")
    assert hosts.accept("parrot.acme.example:8080")
    assert hosts.accept("localhost:8080")
    assert not hosts.accept("evil.example:8080")


def test_loopback_names() -> None:
    assert [is_loopback(name) for name in ("::1", "[::1]", "127.9.9.9", "0.0.0.0", "acme")] == [
        True,
        True,
        True,
        False,
        False,
    ]
