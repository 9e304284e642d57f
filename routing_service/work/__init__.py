"""WHAT IS DONE TO A REPORT: by officers, by events of other services, by workers."""
