"""Jobs as TrainingJobs of a cluster.

The cluster is the truth, and the operator carries jobs out. A watch mirrors every TrainingJob into
the database, whoever made it, so that history outlives the objects.
"""
