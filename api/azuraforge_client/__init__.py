"""The typed client of the REST API, for the command line and for programs of others.

Belongs here: requests, answers as models, errors as exceptions. Never here: a word to a person, or
anything of the server's own packages.
"""
