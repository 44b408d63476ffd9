"""SNMP v1 and v2c: the exchange that the readers use, and its driver over one UDP socket."""
