"""The cluster's API server: the one place of the operator that reads from it and writes to it.

Belongs here: requests, their retries and their errors, the lease. Watches are Kopf's.

Never here: a decision about a job's life.
"""
