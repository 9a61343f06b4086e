"""How anyone talks to a workspace server."""
