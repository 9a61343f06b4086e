"""Where a server listens, and the address by which others reach it."""

from __future__ import annotations

import errno
import os
import socket

from parrot_server.guard import is_loopback

BACKLOG = 2048


class CannotListen(Exception):
    """The address is taken, or not this machine's; the text says which."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotListen where the address is taken, or not this machine's."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except BaseException:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another program listens there" if taken else str(error)
        raise CannotListen(f"Cannot listen on {host}:{port}: {why}.") from error
    return listener


def url_of(host: str, listener: socket.socket) -> str:
    """The address to tell: of a wildcard bind, this machine's own."""
    port = listener.getsockname()[1]
    if host in {"0.0.0.0", "::", ""}:
        host = "127.0.0.1"
    elif is_loopback(host) and ":" not in host and host.lower() != "localhost":
        host = listener.getsockname()[0]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
