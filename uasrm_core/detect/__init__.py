"""Finding what is damaged: clicks, dropouts, clipping, and noises over the sound."""
