"""placeholder, being written: the seam between the recorder and every line."""
