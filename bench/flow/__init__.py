"""What a message costs: published with its confirm, consumed with its ack, and scheduled in a sweep."""
