"""A close look at a finished forecaster: where its errors lie, and which inputs it lives from.

Called by pipelines at the end of a run; fills ``report.findings``. Pure computation over the test
windows: nothing is drawn, written or trained here.
"""
