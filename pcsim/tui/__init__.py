"""The Textual app: what people see of a run in a terminal. Only this package knows Textual."""
