"""The screens: the dashboard and the windows over it."""
