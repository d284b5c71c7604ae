"""Technology at the edges of the alerts service."""
