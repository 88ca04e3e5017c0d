"""Whether a job may run: its plugin, its config and its image, checked before any pod exists.

Plugins are known by their descriptors alone; no plugin's code is ever imported here.
"""
