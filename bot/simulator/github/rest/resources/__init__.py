"""Which operations does each resource have? One module per resource."""
