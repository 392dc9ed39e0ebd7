"""Tests of what joins engines and front ends."""
