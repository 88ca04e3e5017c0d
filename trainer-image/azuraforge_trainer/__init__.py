"""One process that carries out one attempt of one TrainingJob.

Belongs here: the order of an attempt, its event file, its log, its last word, signals, the stall
watchdog, and the translation of every failure into an exit code.

Never here: how a model learns (``azuraforge_core``), whether an attempt is tried again (the
lifecycle), Kubernetes.

In reading order: ``__main__``, ``process``, ``attempt`` (the way of one attempt), ``outcome``
(failure → exit code), ``reporter`` (facts → events, log and last word), ``stop_request``,
``stall_watchdog``, ``tracking`` (events → API, as well as that is possible).
"""
