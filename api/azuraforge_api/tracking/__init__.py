"""What happened in a run: its events, each stored once, and the series drawn from them.

Identity is (run, attempt, sequence): batches may come in any order, late and twice. Events are kept
as they were written, compressed in stretches; the points of their metrics beside them in packed
chunks, so that fifty million cost no more than they must.
"""
