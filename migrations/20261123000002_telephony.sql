-- What people configure: providers, trunks, their numbers, and where an incoming call goes.
-- Owner: gateway. Sealed text is made by vp_seal with the context "TABLE/COLUMN/ID".

-- migrate:up

create table providers (
	org_id        uuid        not null,
	id            uuid        not null,
	name          text        not null,
	driver        text        not null check (driver in ('twilio', 'telnyx', 'sip')),
	config        text        not null default '',     -- sealed JSON, context "providers/config/<id>"
	config_hint   jsonb       not null default '{}',   -- what the panel may show: last four characters
	is_active     boolean     not null default false,
	priority      int         not null default 0,      -- lower is tried first
	version       int         not null default 1,
	last_test_at  timestamptz,
	last_test_ok  boolean,
	created_at    timestamptz not null default now(),
	updated_at    timestamptz not null default now(),
	primary key (org_id, id)
);
create unique index providers_one_active on providers (org_id) where is_active;

create table trunks (
	org_id              uuid        not null,
	id                  uuid        not null,
	provider_id         uuid        not null,
	name                text        not null,
	host                text        not null default '', -- registrar and next hop; empty: inbound only
	port                int         not null default 5060 check (port between 0 and 65535), -- 0: SRV
	transport           text        not null default 'udp' check (transport in ('udp', 'tcp', 'tls')),
	outbound_proxy      text,                            -- "sip:HOST:PORT;transport=tls", or null
	auth_method         text        not null default 'username_password'
	                                check (auth_method in ('username_password', 'ip_auth')),
	sip_username        text,                            -- user part of From, Contact and REGISTER
	auth_username       text,                            -- of the digest; null: sip_username
	secret              text,                            -- sealed password, context "trunks/secret/<id>"
	from_domain         text,                            -- null: host
	realm               text,                            -- null: any that the far side names
	register            boolean     not null default false,
	register_expires    int         not null default 300 check (register_expires between 30 and 86400),
	allowed_ips         text[]      not null default '{}', -- CIDR: who may send us requests, beside host
	codecs              text[]      not null default '{PCMU,PCMA}', -- PCMU, PCMA, opus; in order
	srtp                text        not null default 'off' check (srtp in ('off', 'optional', 'required')),
	number_format_out   text        not null default 'e164'
	                                check (number_format_out in ('e164', 'e164_no_plus', '00', 'national')),
	number_format_in    text        not null default 'e164'
	                                check (number_format_in in ('e164', 'e164_no_plus', '00', 'national')),
	tech_prefix         text        not null default '', -- put before the callee's number
	caller_id           text,                            -- E.164 shown when the user has no number
	caller_id_header    text        not null default 'from'
	                                check (caller_id_header in ('from', 'pai', 'ppi', 'rpid')),
	tls_ca              text,                            -- PEM; null: the system's authorities
	tls_verify          boolean     not null default true,
	options_interval_s  int         not null default 30 check (options_interval_s between 0 and 3600), -- 0: never
	session_timer       boolean     not null default true, -- RFC 4028
	max_channels        int         check (max_channels > 0),
	dtmf                text        not null default 'rfc4733' check (dtmf in ('rfc4733', 'info')),
	is_active           boolean     not null default true,
	priority            int         not null default 0,  -- lower is tried first
	version             int         not null default 1,  -- grows with each change
	created_at          timestamptz not null default now(),
	updated_at          timestamptz not null default now(),
	primary key (org_id, id)
);
create index trunks_provider on trunks (org_id, provider_id);

-- DID -> organisation in one look-up.
create table numbers (
	e164         text        not null primary key check (e164 ~ '^\+[1-9][0-9]{1,14}$'),
	org_id       uuid        not null,
	provider_id  uuid,
	trunk_id     uuid,
	user_id      uuid,                                   -- whose outbound calls show it; null: anybody's
	label        text,
	is_active    boolean     not null default true,
	created_at   timestamptz not null default now()
);
create index numbers_org on numbers (org_id);

create table routes (
	org_id       uuid        not null,
	id           uuid        not null,
	name         text        not null default '',
	did_e164     text        not null,
	trunk_id     uuid,                                   -- null: whichever trunk it came by
	action_type  text        not null check (action_type in ('user')),
	action_id    uuid        not null,                   -- the user
	priority     int         not null default 0,         -- lower is looked at first
	is_active    boolean     not null default true,
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	primary key (org_id, id)
);
create index routes_did on routes (org_id, did_e164, priority) where is_active;

-- migrate:down
drop table routes, numbers, trunks, providers;
