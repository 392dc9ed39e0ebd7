"""The version of pcsim."""

__version__ = "0.1.0"
