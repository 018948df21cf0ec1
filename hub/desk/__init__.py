"""What an operator asks of the hub: how things stand, what became of a file or an order, tables to take away."""
