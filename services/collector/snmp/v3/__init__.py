"""SNMPv3 with the User-based Security Model (RFC 3414): pysnmp makes and reads the messages, the rest is ours."""
