"""``python -m azuraforge_cli`` is the command ``azuraforge``, where scripts are not on the path."""

from azuraforge_cli.main import main

main()
