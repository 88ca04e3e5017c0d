"""Forecasting pipelines: your own table, or the weather."""
