"""The look of the pages of officers, and what all of them do alike: who is logged in, forms, links, words."""
