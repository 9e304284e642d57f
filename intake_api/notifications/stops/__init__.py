"""No more mails: asked for by whoever gets them, or since they do not arrive."""
