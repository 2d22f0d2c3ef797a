"""The same workload as other tools' own users would write it: one row kept for every visit."""
