"""What queueing theory and statistics say by formula alone: pure functions of numbers.

`queues` predicts what a system does in the long run, `statistics` says how far a measured mean
can be trusted. Nothing here knows a scenario or an engine, and nothing needs more than `math`.
"""
