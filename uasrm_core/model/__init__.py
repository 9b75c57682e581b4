"""Networks: their sizes, their layers, their files. Importing a module here loads torch."""
