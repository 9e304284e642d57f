"""The formats of a transparency log: RFC 6962 and c2sp.org. Who keeps the log: sla_monitor/proof/ (docs/proof.md)."""
