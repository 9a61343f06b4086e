"""What the window knows about sessions, without Qt and without I/O."""
