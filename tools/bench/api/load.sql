-- 5 million calls of two years and 500,000 contacts, the same each time. User 1 has a tenth of the calls,
-- 499 users share the rest. About three minutes; the caller keeps the database for the next run.
\set ON_ERROR_STOP 1
\set org '''00000000-0000-7000-8000-00000000000a'''
set search_path = voip, public;
select setseed(0.42);

do $$
begin
	for m in 0 .. 24 loop
		perform ensure_partitions((date_trunc('month', now()) - m * interval '1 month')::date);
	end loop;
end $$;

-- indexes are made after the rows: five times faster
create temp table kept as
	select indexrelid::regclass::text as name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') as def
	from pg_index where not indisprimary and indrelid in ('calls'::regclass, 'persons'::regclass,
		'leads'::regclass, 'deals'::regclass, 'contact_numbers'::regclass);
do $$
declare
	r record;
begin
	for r in select * from kept loop
		execute 'drop index ' || r.name;
	end loop;
end $$;

insert into orgs (id, name) values (:org, 'Bench');
insert into users (org_id, id, email, name)
	select :org, ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'u' || i || '@bench.test', 'User ' || i
	from generate_series(1, 501) i;
-- token "bench-<user id>"; user 501 sees everybody's calls
insert into roles (org_id, id, name) values (:org, '00000000-0000-7000-8000-0000000000b1', 'agent'),
	(:org, '00000000-0000-7000-8000-0000000000b2', 'boss');
insert into role_permissions (org_id, role_id, permission)
	select :org, r.id, p from roles r, unnest(array['voip', 'voip.contacts', 'voip.recordings.play', 'voip.all_calls']) p
	where p <> 'voip.all_calls' or r.name = 'boss';
insert into user_roles (org_id, user_id, role_id)
	select org_id, id, case email when 'u501@bench.test' then '00000000-0000-7000-8000-0000000000b2'::uuid
		else '00000000-0000-7000-8000-0000000000b1' end from users;
insert into api_tokens (org_id, id, user_id, name, token_hash)
	select org_id, id, id, 'bench', sha256(('bench-' || id)::bytea) from users;

-- Names: common ones are common (power of a random number), the rare half is made of syllables.
create temp table first_names as select name, i from unnest(string_to_array(
	'James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph '
	'Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Margaret Mark Sandra '
	'Donald Ashley Steven Kimberly Paul Emily Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Dorothy '
	'George Melissa Timothy Deborah Ronald Stephanie Edward Rebecca Jason Sharon Jeffrey Laura Ryan Cynthia Jacob '
	'Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Anna Stephen Brenda Larry Pamela Justin Emma Scott Nicole '
	'Brandon Helen Benjamin Samantha Samuel Katherine Gregory Christine Alexander Debra Frank Rachel Patrick Carolyn '
	'Raymond Janet Jack Catherine Dennis Maria Jerry Heather Tyler Diane Aaron Ruth Jose Julie Adam Olivia Nathan Joyce '
	'Henry Virginia Zachary Victoria Douglas Kelly Peter Lauren Kyle Christina Noah Joan Ethan Evelyn Jeremy Judith '
	'Walter Megan Christian Andrea Keith Cheryl Roger Hannah Terry Jacqueline Harry Martha Ralph Gloria Sean Teresa '
	'Jesse Ann Roy Sara Louis Madison Billy Frances Eugene Kathryn', ' ')) with ordinality as t (name, i);
create temp table last_names as select name, row_number() over () as i from (
	select unnest(string_to_array(
	'Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson '
	'Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young '
	'Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter '
	'Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers '
	'Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks', ' ')) as name
	union all
	(select a || b || c from unnest(string_to_array('Bal Ber Bor Bran Car Cas Cor Dal Dem Dor Eck Fen Fal Gar Gel Gor Hal Han '
	'Hol Jan Kal Kar Kel Kra Lam Lan Lin Lor Mal Mar Mel Mon Nor Oster Pal Per Pol Ram Ras Ros Sal San Sel Sor Tal Tam', ' ')) a,
	unnest(array['a', 'e', 'i', 'o', 'an', 'en', 'in', 'ar', 'er']) b,
	unnest(string_to_array('berg mann sen son ski ez ov stein feld ford ton well wick worth dahl lund', ' ')) c
	order by md5(a || b || c))) as all_names;
create temp table people as
	select p.k, p.kind, p.id, f.name || ' ' || l.name as name
	from (select k, case when k <= 300000 then 'person' when k <= 450000 then 'lead' else 'deal' end as kind,
			('01900000-0000-7000-9000-' || lpad(to_hex(k), 12, '0'))::uuid as id,
			1 + floor((select count(*) from first_names) * power(random(), 1.5))::int as f,
			1 + floor((select count(*) from last_names) * power(random(), 3))::int as l
		from generate_series(1, 500000) k) as p
	join first_names f on f.i = p.f join last_names l on l.i = p.l;
create unique index on people (k);
analyze people;

insert into persons (org_id, id, name, email) select :org, id, name, 'c' || k || '@x.test' from people where kind = 'person';
insert into leads (org_id, id, name, email) select :org, id, name, 'c' || k || '@x.test' from people where kind = 'lead';
insert into deals (org_id, id, name) select :org, id, name || ' renewal' from people where kind = 'deal';
insert into contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9, label, is_primary)
	select :org, '+1' || (2000000000 + k * 13::bigint), kind, id, '', right((2000000000 + k * 13::bigint)::text, 9), 'work', true
	from people order by 2;
insert into contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9, label, is_primary)
	select :org, '+44' || (7000000000 + k * 7::bigint), kind, id, '', right((7000000000 + k * 7::bigint)::text, 9), 'mobile', false
	from people where k % 5 = 0 order by 2;

-- hashes of the row's number instead of random(): the same in any plan
insert into calls (org_id, id, direction, status, from_number, to_number, did, user_id, user_name, contact_type,
		contact_id, contact_name, started_at, answered_at, ended_at, duration_s, cause, hangup_by, version)
	select :org, (left(uuid7_floor(at)::text, 14) || '7' || substr(salt, 1, 3) || '-8' || substr(salt, 4, 3) || '-'
			|| substr(salt, 7, 12))::uuid,
		direction, status,
		case direction when 'outbound' then '+14155550100' else number end,
		case direction when 'outbound' then number else '+14155550100' end,
		case direction when 'inbound' then '+14155550100' else '' end,
		('00000000-0000-7000-8000-' || lpad(u::text, 12, '0'))::uuid, 'User ' || u,
		p.kind, p.id, coalesce(p.name, ''), at,
		case status when 'completed' then at + interval '6 s' end, at + interval '2 min',
		case status when 'completed' then 15 + g % 600 else 0 end,
		case status when 'busy' then 'busy' else '' end, 'agent', 4
	from (select g, md5(g::text) as salt, now() - (5000000 - g) * interval '12.6 s' as at,
			case when g % 10 = 0 then 1 else 2 + abs(hashint4(g * 7)) % 499 end as u,
			case when abs(hashint4(g + 1)) % 10 < 4 then 'inbound' else 'outbound' end as direction,
			case when abs(hashint4(g + 2)) % 200 < 140 then 'completed' when abs(hashint4(g + 2)) % 200 < 175 then 'no-answer'
				when abs(hashint4(g + 2)) % 200 < 190 then 'canceled' when abs(hashint4(g + 2)) % 200 < 198 then 'failed'
				else 'busy' end as status,
			case when abs(hashint4(g + 3)) % 10 < 7 then 1 + abs(hashint4(g + 4)) % 500000 end as k
		from generate_series(1, 5000000) g) as c
	left join people p on p.k = c.k
	cross join lateral (select '+1' || case when c.k is null then 3000000000 + (abs(hashint4(c.g + 5)) % 900000) * 999::bigint
		else 2000000000 + c.k * 13::bigint end as number) as n;

do $$
declare
	r record;
begin
	for r in select * from kept loop
		execute r.def;
	end loop;
end $$;

-- What the seed did: one table, an index on the user and one on the time, page by OFFSET with a count.
create table peer_calls as
	select row_number() over (order by id) as id, user_id, direction, status, from_number, to_number, contact_name,
		started_at, ended_at, duration_s as duration, started_at as created_at from calls;
alter table peer_calls add primary key (id);
create index on peer_calls (user_id);
create index on peer_calls (created_at);

vacuum analyze;
create table bench_loaded (at timestamptz not null);
insert into bench_loaded values (now());
