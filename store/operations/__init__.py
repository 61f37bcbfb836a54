"""Operations on the whole database: its shards and posture, and the removal of a tenant."""
