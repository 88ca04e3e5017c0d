"""Bearer tokens for programs, and the admin token of the first start."""
