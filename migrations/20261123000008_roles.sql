-- One role a service, with the grants that its concern needs and no others. Roles belong to the whole
-- cluster: they are made when missing and stay when this is undone.

-- migrate:up
do $$
declare
	r text;
begin
	foreach r in array array['voip_gateway', 'voip_token', 'voip_call', 'voip_webhook',
		'voip_recorder', 'voip_router', 'voip_janitor', 'voip_ro'] loop
		begin
			if not exists (select from pg_roles where rolname = r) then
				execute format('create role %I login', r);
			end if;
		exception when duplicate_object or unique_violation then
			null; -- another database of this cluster is being migrated at the same time
		end;
	end loop;
end $$;

-- Settings of the roles in this database. `voip migrate` calls it each time: a restored dump has lost them.
create function apply_role_settings() returns void
language plpgsql set search_path = voip, pg_temp
as $$
declare
	r text;
	wanted text[];
begin
	foreach r in array array['voip_gateway', 'voip_token', 'voip_call', 'voip_webhook',
		'voip_recorder', 'voip_router', 'voip_janitor', 'voip_ro'] loop
		wanted := array['search_path=voip, public', 'idle_in_transaction_session_timeout=10s',
			'statement_timeout=' || case r when 'voip_ro' then '30s' when 'voip_janitor' then '10min' else '5s' end];
		-- what is set already stays untouched: two that do this at once would be in each other's way
		continue when exists (select from pg_db_role_setting s
			join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
			join pg_roles o on o.oid = s.setrole and o.rolname = r where s.setconfig @> wanted);
		execute format('alter role %I in database %I set search_path = voip, public', r, current_database());
		execute format('alter role %I in database %I set idle_in_transaction_session_timeout = %L',
			r, current_database(), '10s');
		execute format('alter role %I in database %I set statement_timeout = %L', r, current_database(),
			split_part(wanted[3], '=', 2));
	end loop;
end $$;
select apply_role_settings();

-- `voip migrate` with VOIP_DB_ROLE_PASSWORD: all services share it and differ by role.
create function set_role_passwords(password text) returns void
language plpgsql set search_path = voip, pg_temp
as $$
declare
	r text;
begin
	foreach r in array array['voip_gateway', 'voip_token', 'voip_call', 'voip_webhook',
		'voip_recorder', 'voip_router', 'voip_janitor', 'voip_ro'] loop
		execute format('alter role %I password %L', r, password);
	end loop;
end $$;

revoke all on function uuid7_floor(timestamptz), ensure_partitions(date), drop_partitions(text, date),
	apply_role_settings(), set_role_passwords(text) from public;
revoke all on all tables in schema voip from public;
grant usage on schema voip to voip_gateway, voip_token, voip_call, voip_webhook, voip_recorder,
	voip_router, voip_janitor, voip_ro;
grant execute on function uuid7_floor(timestamptz) to voip_gateway, voip_call, voip_recorder, voip_router,
	voip_janitor, voip_ro;

-- everybody on the bus: presence, durable events
grant select, insert, update on nodes, streams, consumer_cursors
	to voip_gateway, voip_token, voip_call, voip_webhook, voip_recorder, voip_router;
grant select, insert on event_log
	to voip_gateway, voip_token, voip_call, voip_webhook, voip_recorder, voip_router;
grant select on orgs
	to voip_gateway, voip_token, voip_call, voip_webhook, voip_recorder, voip_router, voip_janitor;

-- gateway: what people configure, sessions, audit; reads calls
grant select, insert, update, delete on users, roles, role_permissions, user_roles, sessions, api_tokens,
	used_tickets, providers, trunks, numbers, routes, persons, leads, deals, contact_numbers to voip_gateway;
grant update on orgs to voip_gateway;
grant select on permissions, calls, call_legs, recordings, crypto_keys to voip_gateway;
grant select, insert on audit_log to voip_gateway;

-- token-issuer: what a token says, and the provider's key that signs it
grant select on users, user_roles, role_permissions, providers, crypto_keys to voip_token;

-- call-controller: calls; reads trunks and who a number belongs to
grant select, insert, update on calls, call_legs, call_dial_keys to voip_call;
grant select on users, providers, trunks, numbers, crypto_keys, persons, leads, deals, contact_numbers to voip_call;

-- router: decides on the configuration
grant select on users, user_roles, role_permissions, providers, trunks, numbers, routes, contact_numbers, calls
	to voip_router;

-- recorder: recordings; reads the call they belong to
grant select, insert, update on recordings to voip_recorder;
grant select on calls, call_legs, crypto_keys to voip_recorder;

-- webhook-ingest: the keys that signatures are checked with
grant select on providers, crypto_keys to voip_webhook;

-- janitor: partitions, and rows that nobody reads any more
grant execute on function ensure_partitions(date), drop_partitions(text, date) to voip_janitor;
grant select, delete on sessions, used_tickets, call_dial_keys, streams, consumer_cursors, nodes to voip_janitor;

-- dashboards
grant select on calls, call_legs, nodes, streams to voip_ro;
grant select (org_id, id, call_id, state, disk, format, bytes, duration_ms, created_at, stored_at) on recordings to voip_ro;

-- migrate:down
drop function set_role_passwords(text);
drop function apply_role_settings();
revoke all on all tables in schema voip from voip_gateway, voip_token, voip_call, voip_webhook,
	voip_recorder, voip_router, voip_janitor, voip_ro;
revoke all on function uuid7_floor(timestamptz), ensure_partitions(date), drop_partitions(text, date)
	from voip_gateway, voip_call, voip_recorder, voip_router, voip_janitor, voip_ro;
revoke usage on schema voip from voip_gateway, voip_token, voip_call, voip_webhook, voip_recorder,
	voip_router, voip_janitor, voip_ro;
