//! Links, keys and the salt in memory: what the edge must know without asking the database.
