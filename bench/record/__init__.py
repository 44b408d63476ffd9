"""What recording a result costs status_api, beside the least that must be done with its octets."""
