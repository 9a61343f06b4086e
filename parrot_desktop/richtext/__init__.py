"""Markdown and code read safely, for the window and for exports. Knows no Qt."""
