-- A file that kills who works on it is not taken up for ever.

-- migrate:up

-- how often work on it was begun since the last time that it came to an end, good or bad
alter table recordings add column unfinished int not null default 0;

-- migrate:down
do $$
begin
	execute 'alter table voip.recordings drop column unfinished';
end $$;
