"""Files that prove something: how they are kept, what they are, who sees them. How they come in: `uploads`.

store      where files lie: a folder, or an S3
sealing    how their content is sealed, chunk by chunk
files      content stored once, found by its digest
kinds      what a file is, by its content

Knows no reporter: whoever shows evidence has looked who asks.
"""
