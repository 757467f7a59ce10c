"""Planning-basis sheets (规划依据图): what is planned and what is restricted at a place, signed and open to verification."""
