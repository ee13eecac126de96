"""What other programs recorded, read so that it can be charted: measurements with their own times.

Nothing is guessed: a name, a unit or a time that is not known refuses the file, or is named as not imported.
"""
