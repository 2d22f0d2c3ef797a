"""How fast is it, beside others, beside itself, and as it grows? Printed as ratios of one run."""
