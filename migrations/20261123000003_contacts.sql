-- Persons, leads and deals, and the index of all their numbers. Owner: gateway.
-- What is searched: name_key by its start, last_key (the last word) by its start, and any part of
-- name_key by trigrams. contacts_page() puts the three together.

-- migrate:up

-- pg_trgm is a trusted extension: the owner of the database may create it. It may already be there
-- in another schema, so its operator class is looked up and not assumed.
create extension if not exists pg_trgm;

create table persons (
	org_id       uuid        not null,
	id           uuid        not null,
	external_id  text,                                   -- id in the CRM it came from
	name         text        not null,
	name_key     text        collate "C" not null generated always as (lower(name)) stored,
	last_key     text        collate "C" generated always as (substring(lower(name) from '[^ ]+$')) stored,
	email        text,
	company      text,
	owner_id     uuid,                                   -- a user
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	primary key (org_id, id)
);
create unique index persons_external on persons (org_id, external_id) where external_id is not null;
create index persons_name on persons (org_id, name_key, id);
create index persons_last on persons (org_id, last_key, id) include (name_key);

create table leads (
	org_id       uuid        not null,
	id           uuid        not null,
	external_id  text,
	name         text        not null,
	name_key     text        collate "C" not null generated always as (lower(name)) stored,
	last_key     text        collate "C" generated always as (substring(lower(name) from '[^ ]+$')) stored,
	email        text,
	company      text,
	title        text,                                   -- what they want: "30 seats"
	status       text        not null default 'new',
	person_id    uuid,
	owner_id     uuid,
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	primary key (org_id, id)
);
create unique index leads_external on leads (org_id, external_id) where external_id is not null;
create index leads_name on leads (org_id, name_key, id);
create index leads_last on leads (org_id, last_key, id) include (name_key);
create index leads_person on leads (org_id, person_id) where person_id is not null;

create table deals (
	org_id       uuid        not null,
	id           uuid        not null,
	external_id  text,
	name         text        not null,                   -- its title
	name_key     text        collate "C" not null generated always as (lower(name)) stored,
	last_key     text        collate "C" generated always as (substring(lower(name) from '[^ ]+$')) stored,
	email        text,
	company      text,
	amount       numeric(14, 2),
	currency     text,
	stage        text        not null default 'open',
	lead_id      uuid,
	person_id    uuid,
	owner_id     uuid,
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	primary key (org_id, id)
);
create unique index deals_external on deals (org_id, external_id) where external_id is not null;
create index deals_name on deals (org_id, name_key, id);
create index deals_last on deals (org_id, last_key, id) include (name_key);
create index deals_person on deals (org_id, person_id) where person_id is not null;

do $$
declare
	ops text := (select format('%I.%I', n.nspname, c.opcname) from pg_opclass c
		join pg_namespace n on n.oid = c.opcnamespace where c.opcname = 'gin_trgm_ops');
begin
	execute format('create index persons_name_trgm on voip.persons using gin (name_key %s)', ops);
	execute format('create index leads_name_trgm on voip.leads using gin (name_key %s)', ops);
	execute format('create index deals_name_trgm on voip.deals using gin (name_key %s)', ops);
end $$;

-- Every number of every contact: who calls is one look-up. tail9 (the last nine digits) finds numbers
-- that were stored or are sent without their country code.
create table contact_numbers (
	org_id       uuid    not null,
	e164         text    collate "C" not null,
	entity_type  text    not null check (entity_type in ('person', 'lead', 'deal')),
	entity_id    uuid    not null,
	raw          text    not null,                       -- as it was typed
	tail9        text    not null,
	label        text    not null default 'work',        -- work, mobile, home ...
	is_primary   boolean not null default false,
	number_rev   text    collate "C" not null generated always as (reverse(e164)) stored,
	primary key (org_id, e164, entity_type, entity_id)
);
create index contact_numbers_entity on contact_numbers (org_id, entity_id);
create index contact_numbers_tail on contact_numbers (org_id, tail9);
create index contact_numbers_rev on contact_numbers (org_id, number_rev, entity_id); -- by last digits

-- migrate:down
-- pg_trgm stays: it may have been there before, for others.
drop table contact_numbers, deals, leads, persons;
