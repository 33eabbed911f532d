-- Calls at carriers: which leg has which id there, and what was asked of a carrier. Owner: call-controller.

-- migrate:up

-- One row a leg, and one for the room that they meet in.
create table call_external_ids (
	org_id       uuid        not null,
	provider_id  uuid        not null,
	external_id  text        not null,                   -- CallSid, call_control_id, conference
	call_id      uuid        not null,
	leg          text        not null check (leg in ('agent', 'customer', 'room')),
	created_at   timestamptz not null default now(),
	primary key (org_id, provider_id, external_id)
);
create index call_external_ids_call on call_external_ids (org_id, call_id);

-- Written before anything is sent, so that whoever takes over knows what may have been done.
create table provider_commands (
	org_id       uuid        not null,
	id           uuid        not null,                   -- UUIDv7; idempotency key where the carrier takes one
	provider_id  uuid        not null,
	call_id      uuid        not null,
	leg          text        not null check (leg in ('agent', 'customer')),
	kind         text        not null check (kind in ('dial', 'hangup')),
	state        text        not null default 'intent' check (state in ('intent', 'done', 'failed', 'dropped')),
	external_id  text        not null default '',        -- of the leg
	detail       text        not null default '',        -- why it failed: a word, never a secret
	tries        int         not null default 0,
	created_at   timestamptz not null,
	updated_at   timestamptz not null,
	primary key (org_id, id)
);
create index provider_commands_call on provider_commands (org_id, call_id);
create index provider_commands_open on provider_commands (updated_at) where state = 'intent';

do $$
declare
	t text;
begin
	if exists (select from pg_extension where extname = 'citus') then
		foreach t in array array['call_external_ids', 'provider_commands'] loop
			execute format('select create_distributed_table(%L, %L, colocate_with => %L)',
				'voip.' || t, 'org_id', 'voip.users');
		end loop;
	end if;
end $$;

grant select, insert, update on call_external_ids, provider_commands to voip_call;
grant select on call_external_ids to voip_gateway, voip_recorder, voip_router;
grant select, delete on call_external_ids, provider_commands to voip_janitor;

-- migrate:down
drop table provider_commands, call_external_ids;
