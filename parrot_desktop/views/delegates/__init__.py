"""How a row of the list looks: where everything is, and small painters that draw it."""
