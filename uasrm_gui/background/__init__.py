"""What runs beside the window: the threads, the jobs in them, and how they tell the window."""
