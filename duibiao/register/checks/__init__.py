"""What must agree between the entries of a register; each check tells all that it finds."""
