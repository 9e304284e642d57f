"""What regions are reprimanded for: the reports that nobody answered until their oversight was due, with proof."""
