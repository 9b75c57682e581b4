"""What is done to a recording besides repairing it: edits in a region, tools for a whole file."""
