"""Wire words: topics and generated messages. Knows no service."""
