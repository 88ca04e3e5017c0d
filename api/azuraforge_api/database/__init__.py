"""The database: tables' base class, connections, transactions, migrations.

Belongs here: what is the same for all tables. Tables themselves stand in their domain's ``tables``.
SQLite (WAL) is the embedded default, PostgreSQL the one for earnest; every query runs on both.
"""
