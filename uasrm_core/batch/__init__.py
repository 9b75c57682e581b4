"""Work over many recordings: what is to be done, by whom, and what came of it."""
