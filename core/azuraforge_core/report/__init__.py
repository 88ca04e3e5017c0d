"""The report: one page that shows what a run trained, how well, and on what.

Here belong the facts that a report shows, the verdict, the charts and the templates. A pipeline
builds a ``ReportFacts`` (``facts.py``) when its model is finished and calls ``write_report``
(``page.py``); ``list_settings`` (``settings.py``) and ``observe_environment``
(``environment.py``) make two of its parts.

Never here: scoring (``evaluation``), reading a run's events, anything that needs a network.
"""
