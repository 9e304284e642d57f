"""The transparency log: chains of reports under checkpoints that others keep (docs/proof.md)."""
