"""The database's history, one step a file; shipped in the package and run at the start."""
