"""Mails to the owner of a webhook that was disabled."""
