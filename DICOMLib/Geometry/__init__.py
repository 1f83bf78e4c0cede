"""Where slices are in the patient: grouping, sorting, checking and explaining. LPS inside, mm, numpy only."""
