"""Variants of a scenario, and what each of them does: sweeps, what-if, limits and sizing."""
