"""Operations on the whole database: its shard keys, its security posture, and the removal of a tenant."""
