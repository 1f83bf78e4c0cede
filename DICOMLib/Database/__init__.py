"""The study database: the only SQL of the project, and the indexer that fills it."""
