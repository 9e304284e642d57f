"""What confirmed dispositions teach about where reports should go."""
