"""The subcommands of ``dicommodule``: one file each, with ``addArguments(parser)`` and ``run(arguments, console)``."""
