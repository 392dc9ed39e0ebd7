"""Tests of scenarios and the times in them."""
