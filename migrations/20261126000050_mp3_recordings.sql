-- Recordings that `voip import-laravel` brings over are mp3, as the package kept them.

-- migrate:up
do $$
begin
	execute 'alter table voip.recordings drop constraint recordings_format_check';
	execute 'alter table voip.recordings add constraint recordings_format_check
		check (format in (''ogg'', ''wav'', ''mp3'')) not valid';
	execute 'alter table voip.recordings validate constraint recordings_format_check';
end $$;

-- migrate:down
do $$
begin
	execute 'alter table voip.recordings drop constraint recordings_format_check';
	execute 'alter table voip.recordings add constraint recordings_format_check
		check (format in (''ogg'', ''wav'')) not valid';
end $$;
