"""The deep-learning core: device, tensors, operations, models, data, cache, training, pipelines.

Belongs here: everything a trainer computes, written over the array module (NumPy or CuPy).
Importing it needs neither CUDA nor a driver.

Never here: a web framework, a Kubernetes client, a database, a command line.
"""
