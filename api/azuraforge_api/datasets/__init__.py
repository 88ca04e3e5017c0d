"""Data sets: tables that people upload, kept by their content, looked at before they are used."""
