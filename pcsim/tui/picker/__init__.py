"""The picker: what there is to open, with a preview of what is chosen."""
