"""One file a subcommand of `vpr`."""
