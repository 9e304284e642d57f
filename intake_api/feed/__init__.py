"""The pull feed of an app: what happens to the reports that it submitted, as their reporters see it."""
