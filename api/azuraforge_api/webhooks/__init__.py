"""Webhooks: other programs are told when a job has ended, signed and tried again until they know.

A delivery is written down in the transaction that stores the job's end (``outbox``) and carried out
afterwards (``worker``), so that neither a crash nor a receiver's outage loses one.
"""
