"""The figures of a run, made of its queries."""
