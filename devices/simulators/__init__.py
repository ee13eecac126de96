"""Simulated devices: actors that speak the real wire form, driven by one patient and a list of faults."""
