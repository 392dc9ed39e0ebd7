"""The parts of the screen, one module each; all are drawn line by line (Textual's Line API)."""
