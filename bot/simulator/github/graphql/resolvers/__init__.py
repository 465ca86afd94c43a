"""What does each field return? One module per kind of object."""
