"""How good a forecast is: scores over every window of a part, and the baselines beside them.

Belongs here: scores, the loop that fills them, the table of baselines. Never here: training,
drawing.
"""
