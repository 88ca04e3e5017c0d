"""Jobs as processes of this machine.

The run's folder is the truth: ``job.json`` says what is wanted, ``status.json`` how it stands. A
trainer outlives the service; whoever starts next adopts it by its process number and start, or, if
it is gone, resumes the run by the lifecycle's plan.
"""
