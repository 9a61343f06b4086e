"""Flow files, and what runs them."""
