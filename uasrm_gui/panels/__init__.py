"""What stands around the picture: regions, transport, history, status, welcome."""
