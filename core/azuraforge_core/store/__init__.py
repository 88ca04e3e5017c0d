"""What a run keeps on its volume: files and folders that are whole or absent, never half-written.

Here belong atomic writing and the formats of stored models. Never here: the shared cache (its own
package builds on ``atomic``) and anything that knows about training.
"""
