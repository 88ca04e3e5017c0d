"""Work that a process of its own does, so that whatever happens to it happens to no request."""
