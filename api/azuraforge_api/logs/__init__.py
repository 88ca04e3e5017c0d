"""Logs of jobs: from Loki where there is one, else from where the backend keeps them."""
