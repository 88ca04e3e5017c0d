"""The life of a TrainingJob as a pure function: ``plan(spec, observed, now) -> Plan``.

Belongs here: every decision about attempts, backoff, preemption, suspension, cancellation,
deadlines, clean-up, phases and conditions.

Never here: input, output, a clock, a client, a thread. Executors (the operator, the API's local
backend, ``azuraforge run``) observe, ask for the plan, and carry it out.
"""
