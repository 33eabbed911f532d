-- What a user's browser logs in to Telnyx with: made there once, stored here, used again. Owner: token-issuer.
-- Neither password nor token: those are fetched when they are needed.

-- migrate:up

create table telnyx_credentials (
	org_id         uuid        not null,
	provider_id    uuid        not null,
	user_id        uuid        not null,
	connection_id  text        not null,                -- credential connection that it belongs to
	credential_id  text        not null,                -- Telnyx's id
	sip_username   text        not null,                -- sip:<it>@sip.telnyx.com rings this user
	created_at     timestamptz not null,
	primary key (org_id, provider_id, user_id)
);

do $$
begin
	if exists (select from pg_extension where extname = 'citus') then
		execute $q$ select create_distributed_table('voip.telnyx_credentials', 'org_id', colocate_with => 'voip.users') $q$;
	end if;
	execute 'alter table voip.telnyx_credentials add constraint telnyx_credentials_provider_fkey
		foreign key (org_id, provider_id) references voip.providers (org_id, id) on delete cascade';
	execute 'alter table voip.telnyx_credentials add constraint telnyx_credentials_user_fkey
		foreign key (org_id, user_id) references voip.users (org_id, id) on delete cascade';
end $$;
create index telnyx_credentials_sip on telnyx_credentials (org_id, sip_username);

-- All that a token depends on, read for each. As a function, because its plan is made once a connection:
-- planning these joins costs several times what they do.
create function token_account(p_org uuid, p_user uuid)
	returns table (org_active boolean, user_active boolean, driver text, provider_id uuid, config text,
		connection_id text, credential_id text, sip_username text)
language plpgsql stable rows 1 set plan_cache_mode = force_generic_plan
as $$
begin
	return query select o.status = 'active', coalesce(u.is_active, false), p.driver, p.id, p.config,
			t.connection_id, t.credential_id, t.sip_username
		from voip.orgs o
		left join voip.users u on u.org_id = o.id and u.id = p_user
		left join voip.providers p on p.org_id = o.id and p.is_active
		left join voip.telnyx_credentials t on t.org_id = o.id and t.provider_id = p.id and t.user_id = p_user
		where o.id = p_org order by p.priority limit 1;
end $$;
revoke all on function token_account(uuid, uuid) from public;
grant execute on function token_account(uuid, uuid) to voip_token;

grant select, insert, update on telnyx_credentials to voip_token;
grant select on telnyx_credentials to voip_call, voip_router;

-- migrate:down
drop function token_account(uuid, uuid);
drop table telnyx_credentials;
