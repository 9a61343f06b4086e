"""The tools whose work is read. A new one is a module here that makes a `base.Tool`, named in `index.tools`."""
