"""From a stored model to a file that runs without AzuraForge.

Belongs here: what a format's file holds, the README that lies beside it, and one package a format.
The model's folder is all that is read: no training data, no plugin code.

Never here: training, forecasting with our own engine, the command line. The packages that write a
format (``onnx``) are imported only when somebody exports; training never needs them.
"""
