"""ACCEPTS: citizens' reports, replies and ratings from every channel; shows where a report stands."""
