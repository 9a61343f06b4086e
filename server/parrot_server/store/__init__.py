"""The workspace's store: synchronous functions on a SQLAlchemy ``Connection``, run by ``database.Database``.

``ingest`` writes what sources send, ``commands`` what people do; ``queries``, ``summary``, ``messages`` and ``search``
read. A change of a session rewrites its row in the transaction of its cause, so that a page is one statement.
"""
