"""Makes a release: what others can take, with checksums, a bill of materials and a signature."""
