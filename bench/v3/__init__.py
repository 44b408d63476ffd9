"""What SNMPv3 costs."""
