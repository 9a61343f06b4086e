"""The workspace protocol, v1, as types: what the server, its clients and the desktop share.

Standard library and msgspec only, so that no side imports another to know a shape.
"""
