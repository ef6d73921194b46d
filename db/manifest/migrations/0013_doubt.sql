-- How unsure a part's labelling is, where its heat is a probability.
ALTER TABLE part_support ADD COLUMN doubt REAL;
