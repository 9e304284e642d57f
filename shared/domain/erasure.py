"""What stands where words were that had to go. Pure."""

#: Like what stands in the place of a mask, it is no word that anybody looks for.
ERASED = "[dihapus]"
#: The salt of words that are gone: none, so that the digest in the log says nothing of them any more.
NO_SALT = b""
