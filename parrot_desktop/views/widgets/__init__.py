"""Small painted widgets that lists and panes share."""
