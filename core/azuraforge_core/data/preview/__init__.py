"""A table as a person sees it before training: types, guessed roles, gaps, first rows.

Belongs here: looking at a file without a job. What training will say of it is said by the code that
training uses; never here is a second opinion on what is missing, a number or a time stamp.
"""
