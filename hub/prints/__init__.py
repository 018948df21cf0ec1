"""Records become paper: address labels (PDF, ZPL) and delivery notes (PDF)."""
