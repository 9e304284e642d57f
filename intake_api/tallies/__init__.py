"""How many public reports there are of each place: kept by a trigger of `reports`, folded now and then."""
