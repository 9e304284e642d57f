"""What goes when a person is erased or a report has been kept long enough; the events stay, and their chain holds."""
