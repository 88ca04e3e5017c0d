"""The signatures and the help of every command.

Belongs here: what can be typed. Each command imports what carries it out only when it is called.
"""
