"""Runs side by side: settings, curves, and a table of figures."""
