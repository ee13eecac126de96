"""Copying a recorder's records to a server while they are made, and what the server asks of the recorder."""
