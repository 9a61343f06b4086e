"""The sample workspace: a made-up team with a year of history and live work, by one seed always the same."""
