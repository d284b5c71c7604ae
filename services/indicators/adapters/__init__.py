"""Technology at the edges of the indicators service."""
