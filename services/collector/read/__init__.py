"""From one printer to one reading."""
