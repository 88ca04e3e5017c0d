"""Forecasts with models of the library: made in workers, kept, and scored when time has told."""
