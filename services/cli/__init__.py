"""The `duibiao` command: each module a command or what one prints."""
