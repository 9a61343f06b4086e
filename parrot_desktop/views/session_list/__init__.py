"""Parts of the Sessions list, which `session_list_view` puts together: hand, eye, clock, and what is where."""
