-- A statement that waits here for its lock holds up a vacuum of the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- An end writes a second entry of the task's id beside the first one. In a page of the index that is filled to less
-- than a half there is room for it; in a fuller one Postgres looks in vain for entries to remove, and then divides the
-- page. This holds for pages to come, and changes none that there is.
ALTER INDEX tasks_pkey SET (fillfactor = 45);
