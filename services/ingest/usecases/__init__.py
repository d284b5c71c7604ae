"""What the ingest service does, in verbs. Knows ports only."""
