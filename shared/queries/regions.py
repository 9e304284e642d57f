"""Where a report is about, where statements are text: as `about_region_code` and `seen_region_code` of Report."""

#: For those who work on it: an officer's word first, then what routing found, then what was given with the report.
ABOUT_OF_R = "coalesce(r.set_region_code, r.found_region_code, r.region_code)"
#: For everybody else, with a pin never more than the place as everybody may know it allows.
SEEN_OF_R = "(CASE WHEN r.shown_region_code IS NULL THEN r.public_region_code ELSE r.shown_region_code END)"
