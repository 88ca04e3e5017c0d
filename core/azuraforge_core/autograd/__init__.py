"""Tensors, the tape of coarse operations, flat arenas and counter-based random numbers.

Belongs here: what every operation, layer and optimizer stands on, and nothing that knows a model.
An operation is recorded with its inputs, outputs and saved arrays, so that a later program can
replay a step without running the model's Python again: shapes are static, parameters live in flat
arenas, and nothing here reads a value back from the device.

Never here: an operation's mathematics (`ops`), a layer (`nn`), an update rule (`optim`).
"""
