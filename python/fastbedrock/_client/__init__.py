"""The clients: their classes, their methods, and the identity that they sign with."""
