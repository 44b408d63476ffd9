"""Simulated devices for the demo, the tests and the benchmarks. They know no service: they speak SNMP and HTTP."""
