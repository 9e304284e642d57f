"""An instansi keeps its own part of the registry."""
