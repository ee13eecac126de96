"""Signed checkpoints over all chains, and the keys they are signed with."""
