"""Health, readiness, version and metrics of the service itself."""
