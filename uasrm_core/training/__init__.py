"""Training: corpus, examples, losses and runs."""
