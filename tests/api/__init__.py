"""Tests of what users import and read."""
