"""The command ``azuraforge``: it imports its parts lazily and belongs to the outermost ring."""
