-- Foreign keys, after the tables were spread. One EXECUTE each: Citus refuses several in one query.
-- None on calls, call_legs, event_log and recordings: they outlive what they speak of and are dropped by month.

-- migrate:up
do $$
declare
	r text;
begin
	foreach r in array array[
		'users            org_id                 orgs        id          restrict',
		'roles            org_id                 orgs        id          restrict',
		'role_permissions org_id,role_id         roles       org_id,id   cascade',
		'role_permissions permission             permissions key         restrict',
		'user_roles       org_id,user_id         users       org_id,id   cascade',
		'user_roles       org_id,role_id         roles       org_id,id   cascade',
		'crypto_keys      org_id                 orgs        id          restrict',
		'providers        org_id                 orgs        id          restrict',
		'trunks           org_id,provider_id     providers   org_id,id   cascade',
		'routes           org_id                 orgs        id          restrict',
		'persons          org_id                 orgs        id          restrict',
		'leads            org_id                 orgs        id          restrict',
		'deals            org_id                 orgs        id          restrict',
		'persons          org_id,owner_id        users       org_id,id   restrict',
		'leads            org_id,owner_id        users       org_id,id   restrict',
		'leads            org_id,person_id       persons     org_id,id   restrict',
		'deals            org_id,owner_id        users       org_id,id   restrict',
		'deals            org_id,person_id       persons     org_id,id   restrict',
		'deals            org_id,lead_id         leads       org_id,id   restrict'
	] loop
		execute (select format('alter table voip.%I add constraint %I foreign key (%s) references voip.%I (%s) on delete %s',
			p[1], p[1] || '_' || replace(p[2], ',', '_') || '_fkey', p[2], p[3], p[4], p[5])
			from (select regexp_split_to_array(r, '\s+') as p) as parts);
	end loop;
end $$;

-- migrate:down
do $$
declare
	c record;
begin
	for c in select conrelid::regclass as t, conname from pg_constraint
		where contype = 'f' and connamespace = 'voip'::regnamespace and conparentid = 0 loop
		execute format('alter table %s drop constraint %I', c.t, c.conname);
	end loop;
end $$;
