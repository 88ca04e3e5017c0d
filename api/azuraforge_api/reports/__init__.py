"""Reports of runs, of versions and of comparisons, as pages that may do nothing but show."""
