"""The transcript: a scroll area that lays out what is seen of it, and nothing more."""
