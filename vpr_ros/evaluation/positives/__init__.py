"""Which places are right for a query."""
