"""The work of this machine: tools' own files, found, followed and read, never written.

``sources`` knows the tools, one module or package each; ``engine`` discovers and follows them and feeds the store;
``transcripts`` reads messages where they lie.
"""
