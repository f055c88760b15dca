"""All that reads shards back."""
