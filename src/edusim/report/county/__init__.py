"""The report on a county: chapters computed from the frames of a run or of a comparison."""
