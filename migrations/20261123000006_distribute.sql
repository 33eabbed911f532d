-- On Citus the tables are spread over the workers here, before any foreign key exists; on plain
-- PostgreSQL nothing happens.

-- migrate:up
do $$
declare
	t text;
begin
	if not exists (select from pg_extension where extname = 'citus') then
		return;
	end if;
	-- small and looked up before the organisation is known
	foreach t in array array['orgs', 'permissions', 'numbers', 'api_tokens'] loop
		execute format('select create_reference_table(%L)', 'voip.' || t);
	end loop;
	execute $q$ select create_distributed_table('voip.users', 'org_id') $q$;
	foreach t in array array['roles', 'role_permissions', 'user_roles', 'crypto_keys', 'providers',
		'trunks', 'routes', 'persons', 'leads', 'deals', 'contact_numbers', 'calls', 'call_legs',
		'call_dial_keys', 'recordings', 'event_log', 'audit_log'] loop
		execute format('select create_distributed_table(%L, %L, colocate_with => %L)',
			'voip.' || t, 'org_id', 'voip.users');
	end loop;
	execute $q$ select create_distributed_table('voip.sessions', 'id_hash', colocate_with => 'none') $q$;
	execute $q$ select create_distributed_table('voip.used_tickets', 'jti', colocate_with => 'none') $q$;
	execute $q$ select create_distributed_table('voip.streams', 'stream', colocate_with => 'none') $q$;
	execute $q$ select create_distributed_table('voip.consumer_cursors', 'stream', colocate_with => 'voip.streams') $q$;
	execute $q$ select create_distributed_table('voip.nodes', 'node_id', colocate_with => 'none') $q$;
end $$;

-- migrate:down
select 1;
