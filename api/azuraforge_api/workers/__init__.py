"""Work that is heavy for its memory or its processor, in processes of its own.

Belongs here: the processes, how they are asked and what becomes of one that hangs or dies. What
they do stands in the domains (``predictions.forecast_task``, ``reports.comparison_task``, …) and is
imported there, when it is asked for first: the service itself stays small and is never blocked.
"""
