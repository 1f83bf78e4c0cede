"""How series that show the same place several times become sequences."""
