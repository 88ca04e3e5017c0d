"""Where jobs run: processes of this machine, or TrainingJobs of a cluster; one small protocol.

A backend carries jobs out and tells `jobs.mirror.JobMirror` of every change it sees; the rest of
the service looks at the mirror and asks no backend.
"""
