"""How sure a forecast is: bands that hold the truth as often as they say.

Belongs here: calibration on the validation part, its adaptation to outcomes, quantile heads, bands,
and their scores. Never here: how a point forecast is made, drawing.
"""
