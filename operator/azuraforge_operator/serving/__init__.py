"""The operator as a process: watches, health, metrics, log, start and end.

Never here: anything about a single job.
"""
