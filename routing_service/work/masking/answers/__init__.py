"""What everybody may read of an official answer, and who changes what is masked in it."""
