-- What carriers told us: one row a webhook that was verified. Owner: webhook-ingest. A webhook is answered
-- 2xx when its row and its event are committed (or, while the database is away, when it is in the spool).

-- migrate:up

create table webhook_inbox (
	org_id       uuid        not null,
	id           uuid        not null,                   -- UUIDv7: holds the time of its arrival
	provider_id  uuid        not null,
	dedupe_key   uuid        not null,                   -- 128 bits of a hash: what makes it the same event
	kind         text        not null,                   -- status, voice ...; telnyx: its event_type
	external_id  text        not null default '',        -- CallSid; call_control_id
	target       text        not null,                   -- path and query as sent: ?call=&leg= are ours
	headers      text        not null default '',        -- "name: value" lines of those that matter
	signature    text        not null,                   -- the check it passed: hmac-sha1, ed25519
	body         bytea       not null,                   -- byte for byte
	state        text        not null default 'done' check (state in ('done', 'replay')), -- replay: to be told again
	replays      int         not null default 0,
	replayed_at  timestamptz,
	primary key (org_id, id)
);
create unique index webhook_inbox_dedupe on webhook_inbox (org_id, dedupe_key);
create index webhook_inbox_replay on webhook_inbox (id) where state = 'replay';

do $$
begin
	if exists (select from pg_extension where extname = 'citus') then
		execute $q$ select create_distributed_table('voip.webhook_inbox', 'org_id', colocate_with => 'voip.users') $q$;
	end if;
end $$;

-- Many webhooks in one statement, each with the event that announces it, numbered from p_seq on. Of one that
-- is known already the number is filled by a void, and returned. As a function because its plans are made
-- once a connection. Nearly all are new (webhook-ingest remembers the last 65,536): so it first tries
-- without looking, which costs half of ON CONFLICT.
create function webhook_store(
	p_org uuid[],
	p_id uuid[],
	p_provider uuid[],
	p_dedupe uuid[],
	p_kind text[],
	p_external text[],
	p_target text[],
	p_headers text[],
	p_signature text[],
	p_body bytea[],
	p_event uuid[],
	p_data bytea[],       -- envelopes
	p_stream uuid,
	p_seq bigint,
	p_at timestamptz,
	p_void bytea          -- the void's envelope
) returns setof bigint
language plpgsql rows 1 set plan_cache_mode = force_generic_plan
as $$
declare
	fresh uuid[];
begin
	begin
		-- in the order of the key: two that store the same at once wait and do not deadlock
		insert into webhook_inbox (org_id, id, provider_id, dedupe_key, kind, external_id, target, headers,
			signature, body)
		select * from unnest(p_org, p_id, p_provider, p_dedupe, p_kind, p_external, p_target, p_headers,
			p_signature, p_body) as g (org_id, id, provider_id, dedupe_key, kind, external_id, target,
			headers, signature, body) order by g.org_id, g.dedupe_key;
		insert into event_log (stream, seq, org_id, id, type, subject, at, data)
		select p_stream, p_seq + g.n - 1, g.org_id, g.event, 'provider.event', g.id::text, p_at, g.data
		from unnest(p_org, p_id, p_event, p_data) with ordinality as g (org_id, id, event, data, n);
		return;
	exception when unique_violation then
		null; -- some are known, or all: of a unit that is repeated because its connection broke
	end;

	with stored as (
		insert into webhook_inbox (org_id, id, provider_id, dedupe_key, kind, external_id, target, headers,
			signature, body)
		select * from unnest(p_org, p_id, p_provider, p_dedupe, p_kind, p_external, p_target, p_headers,
			p_signature, p_body) as g (org_id, id, provider_id, dedupe_key, kind, external_id, target,
			headers, signature, body) order by g.org_id, g.dedupe_key
		on conflict do nothing returning id)
	select coalesce(array_agg(s.id), '{}') into fresh from stored s;

	insert into event_log (stream, seq, org_id, id, type, subject, at, data)
	select p_stream, p_seq + g.n - 1, g.org_id, g.event,
		case when g.id = any (fresh) then 'provider.event' else 'bus.void' end, g.id::text, p_at,
		case when g.id = any (fresh) then g.data else p_void end
	from unnest(p_org, p_id, p_event, p_data) with ordinality as g (org_id, id, event, data, n)
	on conflict do nothing;

	return query select p_seq + g.n - 1 from unnest(p_id) with ordinality as g (id, n) where g.id <> all (fresh);
end $$;

-- A webhook whose state is replay is told again, once; false: somebody else has done it.
create function webhook_replay(
	p_org uuid,
	p_id uuid,
	p_now timestamptz,
	p_stream uuid,
	p_seq bigint,
	p_event uuid,
	p_data bytea,
	p_void bytea
) returns boolean
language plpgsql
as $$
declare
	taken boolean;
begin
	update webhook_inbox set state = 'done', replays = replays + 1, replayed_at = p_now
	where org_id = p_org and id = p_id and state = 'replay';
	taken := found;
	insert into event_log (stream, seq, org_id, id, type, subject, at, data)
	values (p_stream, p_seq, p_org, p_event, case when taken then 'provider.event' else 'bus.void' end, p_id::text,
		p_now, case when taken then p_data else p_void end)
	on conflict do nothing;
	return taken;
end $$;

revoke all on webhook_inbox from public;
revoke all on function webhook_store(uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], bytea[],
	uuid[], bytea[], uuid, bigint, timestamptz, bytea),
	webhook_replay(uuid, uuid, timestamptz, uuid, bigint, uuid, bytea, bytea) from public;
grant execute on function webhook_store(uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[],
	bytea[], uuid[], bytea[], uuid, bigint, timestamptz, bytea),
	webhook_replay(uuid, uuid, timestamptz, uuid, bigint, uuid, bytea, bytea) to voip_webhook;
grant select, insert on webhook_inbox to voip_webhook;
grant update (state, replays, replayed_at) on webhook_inbox to voip_webhook;
-- the panel lists them, and asks for one to be told again
grant select on webhook_inbox to voip_gateway;
grant update (state) on webhook_inbox to voip_gateway;
grant select, delete on webhook_inbox to voip_janitor;
grant execute on function uuid7_floor(timestamptz) to voip_webhook;

-- migrate:down
revoke execute on function uuid7_floor(timestamptz) from voip_webhook;
drop function webhook_replay(uuid, uuid, timestamptz, uuid, bigint, uuid, bytea, bytea);
drop function webhook_store(uuid[], uuid[], uuid[], uuid[], text[], text[], text[], text[], text[], bytea[],
	uuid[], bytea[], uuid, bigint, timestamptz, bytea);
drop table webhook_inbox;
