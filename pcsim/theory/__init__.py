"""Queueing theory and statistics by formula alone: pure functions of numbers.

`queues` predicts the long run of a system, `statistics` the error of a measured mean. Nothing here
depends on a scenario or an engine, or needs more than `math`.
"""
