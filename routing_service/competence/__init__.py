"""WHO IS COMPETENT: place, rules and what was learned, and the decision that follows."""
