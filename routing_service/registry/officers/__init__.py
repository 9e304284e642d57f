"""Who is told: the officers that escalations reach."""
