"""rust-analyzer's test explorer messages: a tree of tests and runs for clients that know those."""
