"""Work over many recordings: jobs, tasks, state and results."""
