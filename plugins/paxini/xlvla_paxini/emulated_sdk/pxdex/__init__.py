"""No SDK of PaXini's: a module of its name and shape, written by us, for the emulated hand."""
