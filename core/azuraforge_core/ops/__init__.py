"""The coarse operations: one a file, forward and hand-written backward beside each other.

Belongs here: pure functions on arrays, written once over the array module (NumPy or CuPy), and the
thin function that puts them on the tape. Run in float64 on NumPy they are the specification that
every faster form is checked against.

Never here: parameters, state, or anything that reads a value back from the device. Shapes are
static, Python never branches on data, and a NaN that comes in goes out.

Within these files short letters are allowed: ``x`` input, ``y`` output, ``w`` weight, ``b`` bias,
``dx`` the gradient of the objective with respect to ``x``.
"""
