"""The REST API: everything about jobs and models in one home.

Layers, from the edge inwards: ``endpoints`` (HTTP), ``service`` (what it means), ``repository``
(the database), in a folder for each domain with the same file names: learn one, know all. Beside
them ``http`` (what all endpoints share), ``security`` (who may do what), ``database`` (sessions,
migrations, the base of tables), ``backends`` (where jobs run) and ``ingest`` (from a run's folder
to rows).

Never here: code of a plugin (descriptors are read), or a decision about attempts (the lifecycle's).
"""
