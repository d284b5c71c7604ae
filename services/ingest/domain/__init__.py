"""What a submission may hold, and every fault it can have. Pure: no input, no output, no clock."""
