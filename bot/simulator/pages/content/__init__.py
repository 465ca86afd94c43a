"""What do the pages show? Values from the model, without HTML."""
