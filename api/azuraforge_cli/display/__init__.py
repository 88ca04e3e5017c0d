"""What a person or a script sees of a run: live, as plain lines, or as JSON lines.

Belongs here: turning events and statuses into text. Never here: reading a run's folder while it
is written (``execution`` hands over what it saw), or a decision.
"""
