"""Learning: the corpus, examples cut from it, losses and the training run."""
