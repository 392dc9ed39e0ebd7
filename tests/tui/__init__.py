"""The app, driven by runs that stand still or go forward step by step."""
