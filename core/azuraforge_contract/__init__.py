"""What every process of AzuraForge agrees on, and nothing else.

Belongs here: the TrainingJob and its status, phases, conditions, exit codes, progress events,
the termination message, environment variable names, file formats and the loader that reads a job
file as kubectl does.

Never here: arrays, a Kubernetes client, a web framework, a database, a decision. The lifecycle
decides; the contract only names.
"""
