"""The threads engine: real threads on the machine's clock."""
