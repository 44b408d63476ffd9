"""What a poll costs the collector, beside other clients and the bare socket."""
