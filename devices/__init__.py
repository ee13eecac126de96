"""Bytes from a serial line become frames; knows no session, no database and no clock."""
