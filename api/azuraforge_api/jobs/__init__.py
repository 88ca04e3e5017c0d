"""Jobs: create, list, follow, stop, and what became of them, long after their objects are gone."""
