"""Technology at the edges of the ingest service."""
