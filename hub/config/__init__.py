"""What admins write: the hub's settings and its partners, read as text and typed by a schema."""
