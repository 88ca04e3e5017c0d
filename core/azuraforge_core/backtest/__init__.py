"""Rolling-origin evaluation: how a job would have done, had it been run at several times before.

Belongs here: cutting the rows into folds, training and scoring a fold, what is kept of it, and the
comparison over all folds. Called by ``azuraforge backtest`` and by whoever wants the same from
Python; `run.run_backtest` is the entry.

Never here: a model, a metric (``evaluation``), a terminal, a job file.
"""
