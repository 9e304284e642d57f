"""WHO THERE IS: agencies, officers, categories, and what is missing among them."""
