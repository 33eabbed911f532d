-- Which keys of the key file (VOIP_KEK_FILE) wrap data keys, so that the database itself keeps two promises:
-- no data key is left behind when a key is retired, and none can be wrapped by a retired key afterwards.

-- migrate:up

-- A row of crypto_keys refers to (id, false). So retiring fails while one does, and one that comes later fails.
create table wrapping_keys (
	id          text        not null primary key,       -- as in the key file
	retired     boolean     not null default false,
	created_at  timestamptz not null default now(),
	unique (id, retired)
);

-- `voip keys rotate --data-keys` under way: organisations whose active key is younger are done.
create table data_key_rotations (
	id          int         not null primary key default 1 check (id = 1), -- one at a time
	started_at  timestamptz not null default now()
);

do $$
begin
	if exists (select from pg_extension where extname = 'citus') then
		perform create_reference_table('voip.wrapping_keys');
		perform create_reference_table('voip.data_key_rotations');
	end if;
end $$;

alter table crypto_keys add column kek_retired boolean not null default false; -- the constant that refers
alter table crypto_keys add column retired_at timestamptz;                     -- state retired: since when
do $$
begin
	insert into voip.wrapping_keys (id) select distinct kek_id from voip.crypto_keys;
	execute 'alter table voip.crypto_keys add constraint crypto_keys_kek_live check (not kek_retired)';
	execute 'alter table voip.crypto_keys add constraint crypto_keys_kek_fkey
		foreign key (kek_id, kek_retired) references voip.wrapping_keys (id, retired) on delete restrict';
	-- two that make an organisation's first key at once end with one
	execute 'create unique index crypto_keys_active on voip.crypto_keys (org_id) where state = ''active''';
	execute 'create index crypto_keys_kek on voip.crypto_keys (kek_id)';
end $$;

-- gateway seals what people type; who opens secrets reads (20261123000008_roles)
grant select, insert on crypto_keys, wrapping_keys to voip_gateway;

-- migrate:down
revoke insert on crypto_keys from voip_gateway;
do $$
begin
	execute 'alter table voip.crypto_keys drop constraint crypto_keys_kek_fkey, drop constraint crypto_keys_kek_live,
		drop column kek_retired, drop column retired_at';
	execute 'drop index voip.crypto_keys_active';
	execute 'drop table voip.wrapping_keys, voip.data_key_rotations';
end $$;
