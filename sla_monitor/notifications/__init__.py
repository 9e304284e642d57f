"""Escalations reach people: which officers are told, by which mails."""
