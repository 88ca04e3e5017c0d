"""ONNX, the format that ONNX Runtime, browsers, mobile phones and other frameworks read.

A forward pass of the model is recorded on the tape, and every coarse operation is translated by its
file in ``operators``; scaling, calendar and intervals are put around it, so that raw values go in
and raw values come out. ``document`` alone touches the package ``onnx``; everything else builds
plain data.
"""
