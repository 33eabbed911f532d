-- Calls (owner: call-controller) and their recordings (owner: recorder).
-- Partitioned by month on the UUIDv7 itself, so that ids and time windows both prune, and a month is
-- dropped as a table. History pages by the id: no OFFSET, no count.

-- migrate:up

create table calls (
	org_id          uuid        not null,
	id              uuid        not null,
	version         int         not null default 1,      -- of call.changed; grows by one a change
	sid             text,                                -- the provider's id; null: ours is used
	direction       text        not null check (direction in ('inbound', 'outbound')),
	status          text        not null check (status in ('initiated', 'ringing', 'in-progress',
	                                'completed', 'failed', 'busy', 'no-answer', 'canceled')),
	from_number     text        not null default '',
	to_number       text        not null default '',
	did             text        not null default '',     -- which of our numbers was called
	user_id         uuid,                                -- whose call it is; null while nobody took it
	user_name       text        not null default '',
	contact_type    text        check (contact_type in ('person', 'lead', 'deal')),
	contact_id      uuid,
	contact_name    text        not null default '',     -- as it was when they spoke
	contact_company text        not null default '',
	provider_id     uuid,
	trunk_id        uuid,
	trunk_name      text        not null default '',
	route_id        uuid,
	node_id         text        not null default '',     -- the controller that holds it
	session         text        not null default '',     -- the tab that has the audio
	click_to_call   boolean     not null default false,  -- outbound, but the agent's tabs rang first
	started_at      timestamptz not null,
	answered_at     timestamptz,
	ended_at        timestamptz,                         -- null: it is live
	duration_s      int         not null default 0,      -- talking time
	hangup_by       text        not null default '' check (hangup_by in ('', 'agent', 'customer', 'system')),
	cause           text        not null default '',     -- stable word: busy, trunk_down ...
	message         text        not null default '',     -- the same for a person
	sip_status      int         not null default 0,
	mos_x100        int,
	updated_at      timestamptz not null default now(),
	-- The other side's number, reversed: one index finds a whole number and its last digits.
	phone_rev       text        collate "C" not null generated always as
	                (reverse(case direction when 'outbound' then to_number else from_number end)) stored,
	-- How it failed. Null while it is live and when it was answered, so that the updates of a normal
	-- call stay heap-only but for the last one.
	outcome         text        generated always as
	                (case when status in ('failed', 'busy', 'no-answer', 'canceled') then status end) stored,
	primary key (org_id, id)
) partition by range (id);
create index calls_user on calls (org_id, user_id, id desc);
create index calls_phone on calls (org_id, phone_rev, id desc);
create index calls_contact on calls (org_id, contact_id, id desc) where contact_id is not null;
create index calls_outcome on calls (org_id, outcome, id desc) where outcome is not null;
create index calls_user_outcome on calls (org_id, user_id, outcome, id desc) where outcome is not null;
create index calls_live on calls (node_id, org_id, id) where ended_at is null;

-- Agent 1, customer 2, later consultation and supervisor.
create table call_legs (
	org_id        uuid        not null,
	call_id       uuid        not null,
	leg           int         not null,
	kind          text        not null check (kind in ('agent', 'customer', 'consultation', 'supervisor')),
	peer          text        not null default '',       -- SIP URI or "session" of the tab
	trunk_id      uuid,
	sip_call_id   text        not null default '',
	sip_status    int         not null default 0,
	codec         text        not null default '',
	srtp_profile  text        not null default '',
	rtp_stats     jsonb,                                 -- last LegStats of media
	started_at    timestamptz not null,
	answered_at   timestamptz,
	ended_at      timestamptz,
	primary key (org_id, call_id, leg)
) partition by range (call_id);

-- A dial with a known key gets the first call's answer; kept for a day.
create table call_dial_keys (
	org_id      uuid        not null,
	user_id     uuid        not null,
	key         text        not null,
	call_id     uuid        not null,
	created_at  timestamptz not null default now(),
	primary key (org_id, user_id, key)
);
create index call_dial_keys_age on call_dial_keys (created_at);

create table recordings (
	org_id        uuid        not null,
	id            uuid        not null,
	call_id       uuid        not null,
	user_id       uuid,                                  -- the call's, for who may hear it
	state         text        not null default 'open' check (state in ('open', 'stored', 'failed', 'deleted')),
	disk          text        not null default 'local' check (disk in ('local', 's3')),
	bucket        text,
	object_key    text        not null default '',       -- path below the recording folder, or S3 key
	format        text        not null default 'ogg' check (format in ('ogg', 'wav')),
	bytes         bigint      not null default 0,
	sha256        bytea,
	duration_ms   int         not null default 0,
	channels      int         not null default 2,        -- agent left, customer right
	peaks         bytea,                                 -- for the waveform; see docs of recorder
	spool_path    text        not null default '',       -- of the media tap, while open
	spool_node    text        not null default '',
	attempts      int         not null default 0,
	error         text        not null default '',       -- why state is failed
	started_at    timestamptz not null default now(),
	stored_at     timestamptz,
	retain_until  timestamptz,                           -- null: for ever
	created_at    timestamptz not null default now(),
	updated_at    timestamptz not null default now(),
	primary key (org_id, id)
);
create index recordings_call on recordings (org_id, call_id);
create index recordings_open on recordings (created_at) where state = 'open';
create index recordings_expiry on recordings (retain_until) where state = 'stored' and retain_until is not null;

-- migrate:down
drop table recordings, call_dial_keys, call_legs, calls;
