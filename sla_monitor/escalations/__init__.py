"""The ladder steps that were carried out."""
