"""The command ``azuraforge``: it imports its parts lazily and belongs to the outermost ring.

Belongs here: reading what a person typed, carrying the lifecycle's plan out with local processes
(``execution``), and showing what happens (``display``). ``commands`` holds the signatures and the
help, which import nothing heavy, so that ``azuraforge --help`` answers at once.

Never here: a decision about attempts (the lifecycle's), numerical code (the core's), or an import
of the trainer, which is always a process of its own.
"""
