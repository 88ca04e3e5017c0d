"""The model library: every finished job makes a version; aliases say which one is in use."""
