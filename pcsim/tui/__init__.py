"""The app in the terminal: it shows a run and its keys control it. Only here is Textual used."""
