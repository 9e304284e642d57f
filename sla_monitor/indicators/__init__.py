"""The catalogue of indicators, in data/indicators.json: what each figure means and counts, and who it is for."""
