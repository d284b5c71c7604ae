"""The HTTP face of the indicators service: the register, verdicts, duties and working days."""
