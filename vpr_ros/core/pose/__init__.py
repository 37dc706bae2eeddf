"""From matched points to a pose with its covariance, or a named refusal."""
