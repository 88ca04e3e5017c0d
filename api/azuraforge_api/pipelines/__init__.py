"""Pipelines: what may train, from descriptors alone; no plugin's code is ever imported here."""
