"""One file a metric: numbers in, numbers out. Nothing here knows of files, maps or images."""
