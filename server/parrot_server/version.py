"""The version of the server and of the command line; a test holds it against the distribution's."""

VERSION = "0.1.0"
