"""From a stored model to a forecast: everything that happens after training.

Belongs here: loading a model's folder, making windows from its stored history or from new rows,
forecasts in original units with their time stamps. The model's folder is all that is read: no
training data, no plugin code, nothing fitted again.

Never here: training, files of a run other than its model, drawing, the command line.
"""
