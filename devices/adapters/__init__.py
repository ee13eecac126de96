"""One module a protocol that needs code: the module's name is the adapter's name, nothing else lists it."""
