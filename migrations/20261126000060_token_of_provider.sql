-- A softphone signs in to every provider that may ring it, also to those that stand by.

-- migrate:up

drop function token_account(uuid, uuid);
create function token_account(p_org uuid, p_user uuid, p_provider uuid)
	returns table (org_active boolean, user_active boolean, driver text, provider_id uuid, config text,
		connection_id text, credential_id text, sip_username text)
language plpgsql stable rows 1 set plan_cache_mode = force_generic_plan
as $$
begin
	return query select o.status = 'active', coalesce(u.is_active, false), p.driver, p.id, p.config,
			t.connection_id, t.credential_id, t.sip_username
		from voip.orgs o
		left join voip.users u on u.org_id = o.id and u.id = p_user
		left join voip.providers p on p.org_id = o.id and case when p_provider is null then p.is_active
			else p.id = p_provider end
		left join voip.telnyx_credentials t on t.org_id = o.id and t.provider_id = p.id and t.user_id = p_user
		where o.id = p_org order by p.priority limit 1;
end $$;
revoke all on function token_account(uuid, uuid, uuid) from public;
grant execute on function token_account(uuid, uuid, uuid) to voip_token;

-- migrate:down
drop function token_account(uuid, uuid, uuid);
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
