"""The history of the database's schema, in Alembic's revisions.

A release first only adds (expand); what no supported release uses any more is taken away by a later
one (contract), so that old code works on the new schema while an upgrade is under way.
"""
