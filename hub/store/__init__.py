"""What the hub remembers: ledger, archive, orders, catalogue. Functions take a connection; only the flow opens transactions."""
