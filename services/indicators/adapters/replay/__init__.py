"""Replay: the state rebuilt from the submissions (`rebuild`), compared and swapped in (`run`)."""
