"""A window for one session: transcript, metadata, cost, timeline, what it started."""
