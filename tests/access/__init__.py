"""Who may call what: a table that was typed by hand from the rules of the domain, and everybody who tries it.

`table/` has a file for each service, and in it a row for each operation under the noun that it is about. The columns
are those who call (`callers.py`); a cell says what they get:

    ok    it is done, or read, or leads on to the next page (303)
    []    a list without the thing that the row names
    -     403: their role, agency or scope does not do this
    404   for them there is no such thing
    401   they did not say who they are

In place of all cells: `everybody` for what takes no token (but may take a password, a code or a client's proof, which
`requests.py` sends along), `nobody` for a public list that never has the thing, `nowhere` for what this installation
does not have.

A new operation: copy a row, and change what differs. If its body must not be empty, `requests.py` says what is sent;
the thing in its path is named behind an @ (`world.py` makes it), or in `requests.py` where all rows ask for the same.
An operation has a row for each thing that is answered otherwise: a secret report, one that is held elsewhere.
`make docs` writes docs/access.md from the table. The code is not asked: what it and the table say otherwise fails.
"""
