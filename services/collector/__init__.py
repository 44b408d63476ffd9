"""The collector: SNMP requests in, readings out."""
