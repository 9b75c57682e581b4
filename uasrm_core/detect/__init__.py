"""Finding what is damaged: clicks, dropouts and clipping."""
