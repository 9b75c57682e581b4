"""How files are built: where their samples and their descriptions lie."""
