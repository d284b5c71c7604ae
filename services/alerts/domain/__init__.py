"""What an alert is and when one opens, rises and ends; pure values and functions."""
