"""Optimizers, schedules, losses by name and the training step.

Belongs here: everything that turns a model and a batch into changed parameters, on flat arenas and
without reading a value back from the device.

Never here: epochs, early stopping, checkpoints on disk (`training`).
"""
