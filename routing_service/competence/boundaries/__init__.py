"""Polygons of regions: imported in sets, repaired, put in force and taken out of it."""
