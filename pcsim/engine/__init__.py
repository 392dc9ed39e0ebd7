"""What drives behaviours: `threads`, on the machine's clock."""
