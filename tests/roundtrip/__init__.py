"""Import what real tools have written about real projects, and compare with the truth."""
