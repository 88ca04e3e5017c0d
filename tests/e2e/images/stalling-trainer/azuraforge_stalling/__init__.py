"""A plugin that hangs once: what the stall watchdog is for."""
