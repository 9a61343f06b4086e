"""`python -m parrot_server` is `parrot`."""

import sys

from parrot_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
