"""What a request passes before anything is spent on it: before a connection, a lock or a thread is taken.

rules.py     what an operation takes: whose token, how large a body, how many at once
shapes.py    how much JSON may be in a body
bodies.py    a body, read whole, bounded and timed
buckets.py   how much one client, one access code, one address may ask
places.py    how many requests of one class are worked on at once
turns.py     who may take a connection now, and who waits for it
visitors.py  who asks, and which buckets they draw from
door.py      all of it, in order
"""
