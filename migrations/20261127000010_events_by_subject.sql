-- Nobody looks an event up by its subject, and each event paid for the index: a tenth of what a webhook costs
-- in PostgreSQL. (An index over partitions cannot go or come concurrently; this one goes at once.)

-- migrate:up

-- squawk-ignore require-concurrent-index-deletion
drop index event_log_subject;

-- migrate:down
-- squawk-ignore require-concurrent-index-creation
create index event_log_subject on event_log (org_id, subject, stream, seq);
