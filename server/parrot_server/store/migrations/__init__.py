"""How older databases become what ``schema`` says."""
