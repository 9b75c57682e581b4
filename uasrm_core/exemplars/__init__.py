"""Searching a recording for exemplars: passages whose surroundings fit those of a gap."""
