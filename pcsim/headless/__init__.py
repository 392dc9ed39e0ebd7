"""A run without a screen: progress on stderr, the report on stdout, an exit status."""
