"""What the engines promise, module by module."""
