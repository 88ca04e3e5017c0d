"""Writes the pages of the documentation's reference that say what this service's code says."""
