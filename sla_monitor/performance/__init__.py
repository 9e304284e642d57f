"""How agencies do, for everybody: the figures that the catalogue lets everybody see, kept for some minutes."""
