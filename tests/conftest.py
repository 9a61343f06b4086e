"""What every test gets: a home of its own, no keyring, no session bus, one async backend."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Before Qt is imported anywhere. A test that wants a real window starts it in a process of its own.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Two busy cores make any one example slow now and then; the tests have their own time limit.
hypothesis.settings.register_profile("parrot", deadline=None, print_blob=True)
hypothesis.settings.register_profile("thorough", parent=hypothesis.settings.get_profile("parrot"), max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "parrot"))

_HOMES = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_RUNTIME_DIR": "run",
    "CLAUDE_CONFIG_DIR": ".claude",
    "CODEX_HOME": ".codex",
}


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for the whole run: no test reads or writes what belongs to the person running it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in _HOMES.items():
            path = home / folder
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            patch.setenv(name, str(path))
        for name in [name for name in os.environ if name.startswith("PARROT_")]:
            patch.delenv(name)
        patch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        yield home


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio alone: the server and the window run on nothing else."""
    return "asyncio"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="renew the approved pictures of tests/golden")
