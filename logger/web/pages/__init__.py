"""One module a page, or a few that belong together; each has a ``router``, and no list names them."""
