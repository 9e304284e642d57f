"""An operator's own words in the place of ours."""
