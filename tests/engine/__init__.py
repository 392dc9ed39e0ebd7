"""The engine, the books and the Python face: what they promise."""
