"""Telling receivers over HTTP: who, what, signed how, to which addresses, and how often again."""
