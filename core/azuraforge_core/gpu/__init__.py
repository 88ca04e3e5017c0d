"""Whether this machine's GPU can train: the preflight, its verdicts and the doctor's checks.

Belongs here: what stands between a job that asks for a GPU and a GPU that is proven to work, and
how CUDA's failures are told to a person. Importing it initializes nothing.

Never here: kernels of the models, arrays of a training run, a fallback to the CPU.
"""
