"""How do people hear of promotions outside GitHub? One file per kind of sink, and the delivery that serves them all."""
