"""One file per place a table may come from; `opening` chooses.

Belongs here: reaching a place and handing out its rows as they stand. Never here: checking or
repairing what the rows say.
"""
