"""How files come in: in parts that survive a bad network (tus 1.0), or at once; and how they become evidence.

tus        the protocol: a library decides, we keep and stream
arriving   one upload while parts of it arrive
form       a file in a form, at once
proving    who may add evidence to which report, and what they add
"""
