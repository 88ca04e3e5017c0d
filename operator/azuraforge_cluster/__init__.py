"""The cluster's API server as the operator and the API speak to it.

Belongs here: requests, their retries and their errors, the names of what both look for.

Never here: a decision about a job's life; watches, which the operator leaves to Kopf.
"""
