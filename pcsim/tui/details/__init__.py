"""What the details of a queue or a worker say: sections of lines, laid out beside each other."""
