"""The life of a TrainingJob as a pure function: ``plan(job, observed, now) -> Plan``.

Belongs here: every decision about attempts, backoff, preemption, suspension, cancellation,
deadlines, clean-up, phases, conditions and events.

Never here: input, output, a clock, a client, a thread. Executors (the operator, the API's local
backend, ``azuraforge run``) observe, ask for the plan, and carry it out.

What an executor promises
-------------------------
One turn is: read the status, read the children, plan, **store the status, then act**.

1. *Status first.* The status is stored before any action of its plan, on the condition that the
   stored one is still the one that was read (a resource version; a lock on the run's folder). When
   it is not, the plan is dropped. When the status is unchanged but there are actions, the executor
   makes sure in the same way that it is still current. So a plan made from an old status never
   acts.
2. *Nothing remembered.* An executor may die between any two steps and forget everything. Whatever
   still needs to be done follows again from the stored status and what is observed, except for
   events, which are told at most once. Every action may be repeated:
   ``CreateAttempt`` succeeds where the child is there and is ours; when the name is borne by
   someone else's child, that child is observed from then on. ``DeleteAttempt`` succeeds where the
   child is gone.
3. *A child is there until no process of it can run*: as long as its Job or any of its pods exists,
   or its process runs. ``ChildPhase.FAILED`` and ``SUCCEEDED`` mean that none runs. A pod on a node
   that does not answer still runs.
4. *Absence is proven.* Where the plan holds ``ObserveLive``, the children are read from their
   source (no watch's cache), after the status, and the plan is made again with
   ``Observed.is_live``. Without it a missing child means nothing.
5. *Turns end.* Plan again when anything observed changes, and at the latest after
   ``requeue_after_seconds``. A plan whose status is the stored one and that has no actions asks for
   nothing: no write.

A failing action is tried again at a later turn, with the executor's own bounded backoff; a creation
that the API server refuses for good is shown as ``Observed.refusal``.

Why at most one child lives: an attempt is announced in the status (``next_attempt``, ``attempts``)
before its child is made, only when no other attempt is open, and it stays open until its child was
seen to have ended or a live reading proved it gone. The child's name follows from the index, so two
executors that both create it make one. A child that should not be there all the same, brought by an
executor that was frozen between two steps, is deleted as soon as it is seen.
"""
