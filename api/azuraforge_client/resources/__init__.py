"""What the service can do, one module for each of its resources.

Belongs here: requests as data, and models of the answers. Never here: sending.
"""
