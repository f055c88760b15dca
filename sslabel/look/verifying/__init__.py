"""What `verify` is made of: the plan and its records, the structure of shards, their values, and making them again."""
