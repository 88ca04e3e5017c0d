"""How the service starts where a chart set it up: settings, migration, serving."""
