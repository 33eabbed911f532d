-- Recordings that carriers make: recorder fetches them. The row is the job, so a process that dies loses nothing.

-- migrate:up

alter table recordings
	add column provider_id uuid,                          -- whose account made it; null: our own media did
	add column carrier_leg text not null default '',      -- agent, customer: the leg that was recorded
	add column carrier_call text not null default '',     -- where the carrier lists it: CallSid, call_session_id
	add column carrier_id text not null default '',       -- of the recording; '' until it is found
	add column due_at timestamptz,                        -- when recorder takes the next step; null: none is left
	add column carrier_deleted_at timestamptz;

-- Was the leg dialled with a recording? Then there must be one.
alter table provider_commands add column record boolean not null default false;

do $$
begin
	execute 'alter table voip.recordings add constraint recordings_carrier_leg_check
		check (carrier_leg in ('''', ''agent'', ''customer'')) not valid';
	execute 'alter table voip.recordings validate constraint recordings_carrier_leg_check';
	execute 'create index recordings_due on voip.recordings (due_at) where due_at is not null';
	-- a webhook that comes twice makes no second one
	execute 'create unique index recordings_carrier on voip.recordings (org_id, provider_id, carrier_id)
		where carrier_id <> ''''';
	execute 'create index provider_commands_record on voip.provider_commands (created_at) where record';
end $$;

grant select on providers, provider_commands to voip_recorder;

-- migrate:down
revoke select on providers, provider_commands from voip_recorder;
do $$
begin
	execute 'drop index voip.provider_commands_record, voip.recordings_carrier, voip.recordings_due';
	execute 'alter table voip.recordings drop constraint recordings_carrier_leg_check, drop column carrier_deleted_at,
		drop column due_at, drop column carrier_id, drop column carrier_call, drop column carrier_leg,
		drop column provider_id';
	execute 'alter table voip.provider_commands drop column record';
end $$;
