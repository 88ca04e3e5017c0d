"""From raw objects of the cluster to what the planner takes, as pure functions.

Raw JSON goes no further than ``job_facts`` and ``pod_facts``: what is kept in memory, for thousands
of finished jobs too, are small frozen facts.

Never here: a client, a clock, a decision about a job's life.
"""
