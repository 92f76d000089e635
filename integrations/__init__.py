"""One folder for each outside system: pure translation apart from I/O, its own errors, a README."""
