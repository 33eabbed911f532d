#ifndef TEST_VAULT_TABLES_H
#define TEST_VAULT_TABLES_H

/* What a vault reads and writes, of two organisations. As 20261123000001_tenancy and
 * 20261126000030_secrets make them; the whole of it is in tests/integration/secrets. */
static const char *const vault_tables[] = {"create schema voip",
	"create table voip.orgs (id uuid primary key)",
	"insert into voip.orgs values ('01000000-0000-0000-0000-000000000001'), "
	"('01000000-0000-0000-0000-000000000002')",
	"create table voip.wrapping_keys (id text primary key, retired boolean not null default "
	"false, "
	"unique (id, retired))",
	"create table voip.crypto_keys (org_id uuid not null references voip.orgs, id uuid not "
	"null, "
	"kek_id text not null, wrapped_dek text not null, state text not null default 'active', "
	"kek_retired boolean not null default false check (not kek_retired), primary key (org_id, "
	"id), "
	"foreign key (kek_id, kek_retired) references voip.wrapping_keys (id, retired))",
	"create unique index on voip.crypto_keys (org_id) where state = 'active'"};
#endif
