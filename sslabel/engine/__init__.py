"""The engine: the plan, the workers, the commit records."""
