"""The virtual engine: the same workers on a clock of their own, without threads."""
