"""Layers: parameters, buffers and the operations they call, in small explicit modules.

Belongs here: `Module`, its parameters and initial distributions, and one layer a file on top of
`ops`. A module is first described, without arrays, then placed on a device by `place`, which puts
all parameters of a model into one arena.

Never here: mathematics (`ops`), a whole forecaster (`models`), an update rule (`optim`).
"""
