"""The store for several replicas: a schema in a PostgreSQL database that a team already runs.

PostgreSQL locks (`FOR UPDATE SKIP LOCKED`), wakes (`LISTEN`, `NOTIFY`) and tells the time. Whatever the replicas' clocks say,
leases and due times are compared with the database's clock alone.
"""
