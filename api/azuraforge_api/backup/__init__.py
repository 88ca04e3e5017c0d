"""Backups: the database and the library in one archive, between releases and kinds of databases.

Called by ``azuraforge backup`` and ``azuraforge restore``. A backup is what the service knows (rows
of one moment, in words that both databases share) and the files that these rows speak of.
"""
