"""The shared kit: plumbing and wire words. Knows no service."""
