"""Notifying receivers: which, of what, over which channel, at which addresses, how often again."""
