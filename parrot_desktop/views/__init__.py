"""Windows, docks, delegates: everything that is painted."""
