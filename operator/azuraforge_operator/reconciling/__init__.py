"""One level-triggered reconciliation for each TrainingJob: observe, plan, store, act.

Belongs here: what is remembered of the cluster, whose turn it is, carrying out the lifecycle's
plan.

Never here: a decision about a job's life, a path of the API.
"""
