"""What a run counts while it goes on, kept so that a copy is one exact instant."""
