"""Whether the model can be believed: what it must show, and where official success and learning part ways."""
