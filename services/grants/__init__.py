"""Who may read and write which table, as PostgreSQL knows it: a login for each service, and what it is granted.

table.py      who may do what, as data: the one place to change it
catalogue.py  what the database grants now
plan.py       the statements that lead from the one to the other
logins.py     the names and passwords of the logins
service.py    carries it out
"""
