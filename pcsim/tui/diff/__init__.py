"""What differs between two runs, on a screen: rows, scenarios, and both over time."""
