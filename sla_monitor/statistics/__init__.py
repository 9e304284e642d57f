"""Figures by the catalogue of indicators, and exactly the reports that each of them counts."""
