"""How a model is learned from reports whose agency is known, how it tells, is stored and measured. No database."""
