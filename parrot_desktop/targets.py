"""What the command line makes of an address: where a workspace is, and how this machine's server is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_client.data_dir import default_data_dir
from parrot_desktop.api.target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from parrot_desktop.options import Options


def _data_dir_of(options: Options) -> Path:
    if options.sample:
        from parrot_client.sample import sample_data_dir

        return sample_data_dir(options.data_dir)
    return options.data_dir or default_data_dir()


class Targets:
    """Of one run."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.data_dir = _data_dir_of(options)
        """Where this machine's workspace is kept; the sample has a place of its own."""

    def of(self, url: str, token: str = "") -> Target:
        """url: empty for this machine's own workspace. token: where it was given by hand."""
        options = self._options
        if options.sample and not url:
            from parrot_client.sample import SERVE_ARGUMENTS, sample_environment

            return Target(
                data_dir=self.data_dir, server_arguments=SERVE_ARGUMENTS, server_environment=sample_environment()
            )
        is_given = bool(url) and url == options.workspace
        return Target(
            data_dir=self.data_dir,
            url=url,
            token=token,
            token_file=options.token_file if is_given else None,
            is_given=is_given,
            server_arguments=() if url else tuple(options.server_arguments),
        )
