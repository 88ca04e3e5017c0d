"""The Kopf operator: it carries out the lifecycle's plan with batch/v1 Jobs.

Belongs here: watching, observing, carrying out actions, writing status, leadership, health,
metrics.

Never here: a decision about a job (the lifecycle decides), plugin code, arrays.
"""
