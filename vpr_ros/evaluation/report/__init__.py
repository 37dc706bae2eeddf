"""report.html: one file that shows a run. `write_report` is its door."""
