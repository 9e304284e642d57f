"""What people hear of their accounts by mail: links, made when the mail goes out, and what has changed."""
