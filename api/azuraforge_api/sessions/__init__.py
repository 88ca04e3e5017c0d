"""Browser sessions: a one-time link gives a cookie, and whoever has the cookie is logged in."""
