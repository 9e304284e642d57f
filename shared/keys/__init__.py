"""Keys: what each is for, its id, its age and its successor. How they are made and changed stands in docs/keys.md."""
