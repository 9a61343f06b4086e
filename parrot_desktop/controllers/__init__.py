"""What joins the server to the models and views."""
