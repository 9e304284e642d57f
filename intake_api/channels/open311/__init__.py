"""Open311 GeoReport v2 (docs/channels/open311.md): other cities' programs hand in reports and read public ones."""
