# The tests' own PostgreSQL; each test makes and drops databases of its own in it. Nothing in it outlives the run, so it
# need not survive a crash of the machine; tests of what survives have clusters of their own, which do.
test_pg_settings=(fsync=off full_page_writes=off max_connections=400)
test_database_start() {
	local text
	text=$(node tools/dev/ports.mjs "$run/test/pg-port.json" testpg=19400)
	eval "$text"
	test_pg=$(DEV_RUN=$run/test pg_dir_for_tests)
	tools/dev/pg start "$test_pg" "$port_testpg" "${test_pg_settings[@]}" >/dev/null || die "the tests' PostgreSQL did not start"
	export VOIP_TEST_DB_URL="postgresql://postgres@127.0.0.1:$port_testpg/postgres"
}
test_database_stop() { [ -z "${test_pg:-}" ] || tools/dev/pg stop "$test_pg" 0; }
pg_dir_for_tests() {
	local dir
	dir=$(pg_dir)
	echo "${dir}-unit"
}
