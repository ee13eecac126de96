"""Whole sessions without hardware, played to be looked at."""
