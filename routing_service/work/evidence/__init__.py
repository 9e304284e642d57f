"""The files of a report: what everybody may see of them, what is blackened, which go with an answer."""
