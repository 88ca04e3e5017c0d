"""From a model and its windows to a trained model, resumable bit by bit.

Belongs here: the fit loop, the order of the windows, early stopping, the watch over the loss,
checkpoints and the rules of resuming. Everything is told to an observer as typed facts.

Never here: what a window is (``data``), what a model is (``models``), a process, a signal, an event
file (the trainer).

In reading order: ``config`` (what a person may set), ``task`` (what is trained), ``fit`` (the
loop), ``progress`` (where it is), ``checkpoints`` and ``resume`` (how it survives).
"""
