"""Find a site: parcels that suit a use, ranked, with what speaks for each and against it."""
