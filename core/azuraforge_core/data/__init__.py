"""From a table a person has to windows a model learns from.

Belongs here: reading sources, checking and repairing tables, the regular grid, splits, scaling and
the gathering of windows. A table is read and checked once, into a cache entry of one array
``values`` ``[channel, time]``; every job then maps that entry and gathers windows from it.

Never here: models, training, the cache's own files and leases.
"""
