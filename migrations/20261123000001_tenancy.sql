-- Organisations, their people, what they may do, and how they sign in.
-- Rules of every file here: docs/data.md. One column a line, no triggers, no sequences, no enums.

-- migrate:up

-- The lowest UUIDv7 of a moment: lower bound of partitions and of time filters on ids.
create function uuid7_floor(t timestamptz) returns uuid
language sql immutable strict parallel safe
as $$ select (lpad(to_hex(floor(extract(epoch from t) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid $$;

create table orgs (
	id              uuid        not null primary key,
	name            text        not null,
	status          text        not null default 'active' check (status in ('active', 'suspended')),
	default_region  text        not null default 'US',  -- how a number without country code is read
	timezone        text        not null default 'UTC',
	settings        jsonb       not null default '{}',  -- allowed_countries, ring_timeout_s, record ...
	created_at      timestamptz not null default now(),
	updated_at      timestamptz not null default now(),
	check (default_region ~ '^[A-Z]{2}$')
);

create table users (
	org_id         uuid        not null,
	id             uuid        not null,
	email          text        not null check (email = lower(email)),
	name           text        not null,
	password_hash  text,                               -- argon2id; null: cannot sign in by password
	external_id    text,                               -- id in the CRM that this user came from
	locale         text        not null default 'en',
	timezone       text        not null default 'UTC',
	is_active      boolean     not null default true,
	created_at     timestamptz not null default now(),
	updated_at     timestamptz not null default now(),
	primary key (org_id, id)
);
create unique index users_org_email on users (org_id, email);
create unique index users_external on users (org_id, external_id) where external_id is not null;
create index users_email on users (email);             -- sign-in: the organisation is not known yet

-- What can be granted. The keys are those of the gateway's table of routes.
create table permissions (
	key          text not null primary key,
	description  text not null
);
insert into permissions (key, description) values
	('voip',                     'Use the phone: sign in, see own calls'),
	('voip.calls.initiate',      'Place calls'),
	('voip.all_calls',           'See the calls of all users'),
	('voip.contacts',            'See and search contacts'),
	('voip.contacts.edit',       'Create and change contacts'),
	('voip.contacts.import',     'Import contacts'),
	('voip.recordings',          'See that a call has a recording'),
	('voip.recordings.play',     'Play recordings'),
	('voip.recordings.download', 'Download recordings'),
	('voip.recordings.delete',   'Delete recordings'),
	('voip.providers',           'See providers'),
	('voip.providers.create',    'Create providers'),
	('voip.providers.edit',      'Change, test and activate providers'),
	('voip.providers.delete',    'Delete providers'),
	('voip.trunks',              'See trunks'),
	('voip.trunks.create',       'Create trunks'),
	('voip.trunks.edit',         'Change trunks'),
	('voip.trunks.delete',       'Delete trunks'),
	('voip.routes',              'See numbers and inbound routes'),
	('voip.routes.create',       'Create inbound routes'),
	('voip.routes.edit',         'Change inbound routes'),
	('voip.routes.delete',       'Delete inbound routes'),
	('voip.users',               'See users and roles'),
	('voip.users.edit',          'Create and change users and roles'),
	('voip.settings',            'Change the organisation''s settings'),
	('voip.audit',               'Read the audit log');

create table roles (
	org_id  uuid not null,
	id      uuid not null,
	name    text not null,
	primary key (org_id, id),
	unique (org_id, name)
);

create table role_permissions (
	org_id      uuid not null,
	role_id     uuid not null,
	permission  text not null,
	primary key (org_id, role_id, permission)
);

create table user_roles (
	org_id   uuid not null,
	user_id  uuid not null,
	role_id  uuid not null,
	primary key (org_id, user_id, role_id)
);

-- The cookie is a random reference; only its SHA-256 is stored.
create table sessions (
	id_hash       bytea       not null primary key,
	org_id        uuid        not null,
	user_id       uuid        not null,
	csrf_hash     bytea       not null,
	created_at    timestamptz not null default now(),
	last_seen_at  timestamptz not null default now(),
	expires_at    timestamptz not null,
	ip            text,
	user_agent    text
) with (fillfactor = 70);
create index sessions_user on sessions (org_id, user_id);
create index sessions_expiry on sessions (expires_at);

create table api_tokens (
	org_id        uuid        not null,
	id            uuid        not null,
	user_id       uuid        not null,
	name          text        not null,
	token_hash    bytea       not null unique,         -- SHA-256 of the token
	created_at    timestamptz not null default now(),
	last_used_at  timestamptz,
	expires_at    timestamptz,
	revoked_at    timestamptz,
	primary key (org_id, id)
) with (fillfactor = 70);
create index api_tokens_user on api_tokens (org_id, user_id);

-- Single-use tickets of the WebSocket: an id that stands here was used.
create table used_tickets (
	jti         text        not null primary key,
	expires_at  timestamptz not null
);
create index used_tickets_expiry on used_tickets (expires_at);

-- Data keys of an organisation, wrapped by a key of the keyring file (libcommon/crypto).
create table crypto_keys (
	org_id       uuid        not null,
	id           uuid        not null,
	kek_id       text        not null,
	wrapped_dek  text        not null,
	state        text        not null default 'active' check (state in ('active', 'retired')),
	created_at   timestamptz not null default now(),
	primary key (org_id, id)
);

-- migrate:down
drop table crypto_keys, used_tickets, api_tokens, sessions, user_roles, role_permissions, roles,
	permissions, users, orgs;
drop function uuid7_floor(timestamptz);
