"""What commands do with a service, over `azuraforge_client`.

Belongs here: asking, showing, waiting. Never here: how a request is sent.
"""
