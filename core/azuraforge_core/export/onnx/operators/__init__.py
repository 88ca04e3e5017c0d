"""One file for each operation of the engine: how ONNX says it.

Belongs here: functions from an `Applied` operation to the nodes of a `Graph`, and the registry of
them, which a test holds complete. Never here: anything about one model.
"""
