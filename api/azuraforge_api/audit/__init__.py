"""Who changed what, and when: one line for every write that was carried out."""
