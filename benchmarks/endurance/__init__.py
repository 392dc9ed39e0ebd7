"""What `benchmarks/soak.py` runs for hours: cycles of random systems and queues, and their laws."""
