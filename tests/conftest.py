"""What all tests share. Sockets are switched off in tests/unit and tests/laws only."""
