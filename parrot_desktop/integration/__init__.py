"""The application's manners towards the desktop it runs on; each file knows one of them on every system."""
