"""What a run counts while it goes on, kept so that a copy shows all of it at one time."""
