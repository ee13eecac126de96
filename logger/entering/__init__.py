"""Where what people say becomes records, and how other programs reach that place."""
