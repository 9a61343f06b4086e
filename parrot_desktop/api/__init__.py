"""What the window asks of a workspace server, in its own words."""
