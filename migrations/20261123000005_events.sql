-- The bus's truth, who is there, the audit log, and the partitions of all that is partitioned.

-- migrate:up

-- A durable event, written in the transaction of the state that it announces. seq is dense in its
-- stream (one stream a producing process and day), so a hole is a lost message. See docs/bus.md.
create table event_log (
	stream       uuid        not null,                   -- UUIDv7 made when the process started
	seq          bigint      not null,                   -- 1, 2, 3 ...
	org_id       uuid        not null,                   -- nil: of no organisation
	id           uuid        not null,                   -- of the envelope
	type         text        not null,
	subject      text        not null default '',
	traceparent  text        not null default '',
	at           timestamptz not null,
	data         bytea       not null,                   -- the whole Envelope, as published
	primary key (stream, seq, org_id)
) partition by range (stream);
create index event_log_subject on event_log (org_id, subject, stream, seq);

create table streams (
	stream      uuid        not null primary key,
	service     text        not null,
	node_id     text        not null,
	started_at  timestamptz not null default now(),
	last_seq    bigint      not null default 0,
	closed_at   timestamptz                              -- the process ended it in order
) with (fillfactor = 70);
create index streams_open on streams (started_at) where closed_at is null;

create table consumer_cursors (
	consumer    text        not null,
	stream      uuid        not null,
	seq         bigint      not null,                    -- the last one applied
	updated_at  timestamptz not null default now(),
	primary key (consumer, stream)
) with (fillfactor = 70);

create table nodes (
	node_id     text        not null primary key,
	service     text        not null,
	epoch       uuid        not null,
	addr        text        not null default '',
	version     text        not null default '',
	state       text        not null default 'up' check (state in ('up', 'draining', 'down')),
	capacity    int         not null default 0,
	load        int         not null default 0,
	started_at  timestamptz not null,
	last_seen   timestamptz not null
) with (fillfactor = 50);

create table audit_log (
	org_id       uuid  not null,
	id           uuid  not null,                         -- UUIDv7: holds the time
	actor_type   text  not null check (actor_type in ('user', 'token', 'system', 'cli')),
	actor_id     text  not null default '',
	action       text  not null,                         -- "session.opened", "trunk.changed"
	object_type  text  not null default '',
	object_id    text  not null default '',
	ip           text  not null default '',
	detail       jsonb not null default '{}',            -- never a secret
	primary key (org_id, id)
) partition by range (id);
create index audit_log_object on audit_log (org_id, object_id, id desc);

-- Makes the partitions of the month that holds m. The janitor calls it for the months ahead; it runs
-- with the owner's rights because a partition is a table.
create function ensure_partitions(m date) returns int
language plpgsql security definer set search_path = voip, pg_temp
as $$
declare
	first timestamptz := date_trunc('month', m)::timestamp at time zone 'UTC';
	next timestamptz := (date_trunc('month', m) + interval '1 month')::timestamp at time zone 'UTC';
	parent text;
	child text;
	made int := 0;
begin
	foreach parent in array array['calls', 'call_legs', 'event_log', 'audit_log'] loop
		child := parent || to_char(m, '_YYYYMM');
		continue when to_regclass('voip.' || child) is not null;
		-- room in the page for the next state of a call, so that its updates touch no index (HOT)
		execute format('create table voip.%I partition of voip.%I for values from (%L) to (%L) with (fillfactor = %s)',
			child, parent, uuid7_floor(first), uuid7_floor(next),
			case when parent in ('calls', 'call_legs') then 75 else 100 end);
		made := made + 1;
	end loop;
	return made;
end $$;

-- Drops the partitions of a table whose whole month lies before the given day.
create function drop_partitions(parent text, before date) returns int
language plpgsql security definer set search_path = voip, pg_temp
as $$
declare
	child text;
	gone int := 0;
begin
	if parent not in ('calls', 'call_legs', 'event_log', 'audit_log') then
		raise exception 'not a partitioned table: %', parent;
	end if;
	for child in
		select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
		where i.inhparent = to_regclass('voip.' || parent)
			and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= before
	loop
		execute format('drop table voip.%I', child);
		gone := gone + 1;
	end loop;
	return gone;
end $$;

-- The last month too: clocks differ at midnight, and the demo's history reaches back.
do $$
begin
	for i in -1 .. 2 loop
		perform voip.ensure_partitions((date_trunc('month', now() at time zone 'UTC') + i * interval '1 month')::date);
	end loop;
end $$;

-- migrate:down
drop function drop_partitions(text, date);
drop function ensure_partitions(date);
drop table audit_log, nodes, consumer_cursors, streams, event_log;
