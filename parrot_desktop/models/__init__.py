"""Qt models: thin adapters over the domain."""
