"""The Qt application: a live window on the sessions of a workspace."""
