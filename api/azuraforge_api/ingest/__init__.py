"""From a run's folder, or from a trainer's posts, to rows: events, series, models, each once."""
