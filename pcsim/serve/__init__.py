"""The app in a browser: a small server, with a terminal and a process for each visitor."""
