"""The forecasters: neural networks that are trained and baselines that are fitted.

Belongs here: one model a file with its config, the static window shape all are built for, and the
registry that builds a model from its config.

Never here: a training loop, data access, a metric.
"""
