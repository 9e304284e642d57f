"""Why a report went, or would go, where."""
