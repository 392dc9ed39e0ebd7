"""Formulas against tables, brute force and each other."""
