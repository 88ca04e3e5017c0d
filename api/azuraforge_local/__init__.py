"""Carrying out the lifecycle's plan on this machine: one local process for each attempt.

Called by ``azuraforge run`` and by the API's local backend. Belongs here: what the operator does
with batch/v1 Jobs, done with processes and files. Everything that must survive this process stands
in the run's folder, so that a killed executor is taken over by the next one.

Never here: a decision about attempts (the lifecycle's), or a word to a person (``display`` is the
boundary).
"""
