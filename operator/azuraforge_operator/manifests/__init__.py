"""What is created in the cluster, as pure functions from a job to documents.

Never here: a client, a clock, a decision about a job's life.
"""
