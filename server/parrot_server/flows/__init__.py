"""Flows: definitions of work in steps, and the runner that carries one out and reports it as it goes."""
