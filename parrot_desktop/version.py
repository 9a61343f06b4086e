"""The version of the desktop, as its distribution says."""

VERSION = "0.1.0"
