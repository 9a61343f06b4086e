"""The settings window, a file a page. Every setting is written when it is touched; controllers hear of it at once."""
