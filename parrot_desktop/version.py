"""The version of the desktop, as its distribution says."""

VERSION = "0.1.0"


def release(version: str) -> tuple[str, ...]:
    """What has to agree between a window and a server: major and minor."""
    return tuple(version.split(".")[:2])
