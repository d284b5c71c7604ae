"""What the service does, one verb a module; each runs inside one transaction of the repository."""
