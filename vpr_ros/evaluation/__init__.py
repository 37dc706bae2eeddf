"""How far a map can be trusted: a source is replayed through the Localizer and every answer is judged."""
