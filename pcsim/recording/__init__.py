"""Recordings of runs and of watched programs: one format, written as it happens, replayed."""
