"""What the service does with a submission, with a new day and with another register."""
