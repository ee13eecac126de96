"""Frames of a finished session become numbers, charts and reports; opens no database and no port."""
