"""The sections of the report, one a file: each turns facts into blocks and draws nothing.

``page`` calls ``<section>_section(facts)`` of each in the order of the page. A section that has
nothing to say returns None.
"""
