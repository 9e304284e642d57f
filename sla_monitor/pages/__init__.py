"""Where officers look: what is late today, how agencies do, and why a deadline is what it is."""
