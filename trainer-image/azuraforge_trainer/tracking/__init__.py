"""Sends the events of an attempt to the API while they happen, as well as that is possible.

The event file is the truth; what is sent is a copy. Nothing here ever changes how an attempt goes:
it runs on a thread of its own, and whatever it meets is at most a line in the log.

``poster`` (the thread), ``backlog`` (what of the file is still to be sent), ``post`` (one request).
"""
