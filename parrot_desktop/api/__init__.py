"""What the windows ask of a workspace, in the windows' words. No Qt; any event loop."""
