"""Channels whose messages we take ourselves, in their own manner, each in a folder of its own.

endpoints.py speaks HTTP, reading.py makes a submission of what comes, talking.py writes our answers in the channel's
manner (both know no database), queries.py reads and writes its own table, service.py holds its rules. A channel hands
in by `submissions.service` alone, under a reference of its own, so that nothing is taken twice. A 2xx means: it is
stored.
"""
