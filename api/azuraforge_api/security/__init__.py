"""Who may do what: roles, and how a request proves whose it is."""
