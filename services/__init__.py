"""The three services and the process that runs them."""
