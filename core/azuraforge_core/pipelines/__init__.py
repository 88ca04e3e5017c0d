"""What a plugin is: a config, a data set, a model, metrics and a report behind one small interface.

Belongs here: the `Pipeline` interface, finding installed plugins, checking a config against its
plugin, and base classes that carry the work (`ForecastPipeline`).

Never here: a particular plugin (``plugins/``), numerical code, a process or its signals.
"""
