"""Links of invitations by mail: made when the mail goes out, so that nobody else has them."""
