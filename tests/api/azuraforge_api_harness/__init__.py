"""What the tests of the API stand on: a PostgreSQL server, a running service, its callers."""
