# Every test, against real programs: ./dev test [unit asan tsan integration sip web sims e2e]
# It keeps its own state in .run/test, so that a running ./dev up is left in peace.
all_parts=(unit integration sip web sims e2e asan tsan)

dev_test() {
	local part parts=("$@") failed=()
	[ ${#parts[@]} -gt 0 ] || parts=("${all_parts[@]}")
	for part in "${parts[@]}"; do
		case " ${all_parts[*]} " in
		*" $part "*) ;;
		*) die "test: no part '$part'; there are: ${all_parts[*]}" ;;
		esac
	done
	dev_install test
	results=$run/test/results
	rm -rf "$results"
	mkdir -p "$results"
	chmod 755 "$run/test"
	trap test_clean_up EXIT
	trap 'exit 130' INT TERM
	test_database_start
	for part in "${parts[@]}"; do
		step "test $part"
		"test_$part" || failed+=("$part")
	done
	node tools/dev/tally.mjs "$results" "${failed[@]}"
}

test_clean_up() {
	test_database_stop
	[ ! -d "$run/test/sv" ] || DEV_QUIET=1 DEV_RUN=$run/test ./dev down
}

# meson_suites BUILD-DIR SUITE...: results as JUnit, output shown for what failed
meson_suites() {
	local dir=$1 log=$run/log/test-$1.log args=() suite
	shift
	for suite in "$@"; do args+=(--suite "$suite"); done
	local ok=0
	meson test -C "$dir" --no-rebuild --print-errorlogs --num-processes "${jobs:-2}" "${args[@]}" >"$log" 2>&1 || ok=1
	[ $ok = 0 ] || grep -vE '^ *[0-9]+/[0-9]+ .* OK ' "$log" >&2
	cp "$dir/meson-logs/testlog.junit.xml" "$results/$dir-$1.xml"
	return $ok
}

test_unit() {
	build_c build
	meson_suites build unit
}
test_integration() {
	build_c build
	build_web
	npm_ci tools/sim-lib
	# they wait for processes more than they compute
	jobs=4 meson_suites build integration
}
test_sip() {
	build_c build
	npm_ci tools/sim-lib
	meson_suites build sip
}
test_asan() {
	build_c build-asan -Db_sanitize=address,undefined --buildtype=debug
	build_web
	npm_ci tools/sim-lib
	# a Criterion child prints its report nowhere under TAP: files keep it
	rm -f "$run"/log/asan.*
	local ok=0
	ASAN_OPTIONS=log_path=$run/log/asan:detect_leaks=1 LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0 \
		jobs=3 meson_suites build-asan unit integration || ok=1
	if compgen -G "$run/log/asan.*" >/dev/null; then
		cat "$run"/log/asan.* >&2
		ok=1
	fi
	return $ok
}
test_tsan() {
	build_c build-tsan -Db_sanitize=thread --buildtype=debug
	rm -f "$run"/log/tsan.*
	local ok=0
	TSAN_OPTIONS="log_path=$run/log/tsan suppressions=$top/tests/tsan.supp" meson_suites build-tsan threaded || ok=1
	if compgen -G "$run/log/tsan.*" >/dev/null; then
		cat "$run"/log/tsan.* >&2
		ok=1
	fi
	return $ok
}
test_web() {
	npm_ci web
	local ok=0
	npm run test --prefix web -- --reporter=junit --outputFile="$results/web.xml" >"$run/log/test-web.log" 2>&1 || ok=1
	[ $ok = 0 ] || tail -n 60 "$run/log/test-web.log" >&2
	return $ok
}
# the carriers' own packages judge the simulators that other tests call in their place
test_sims() {
	npm_ci tools/sim-lib
	npm_ci tests/sims
	local ok=0
	(cd tests/sims && PLAYWRIGHT_JUNIT_OUTPUT_NAME=$results/sims.xml npx playwright test --reporter=line,junit >"$run/log/test-sims.log" 2>&1) || ok=1
	[ $ok = 0 ] || tail -n 80 "$run/log/test-sims.log" >&2
	return $ok
}
test_e2e() {
	npm_ci tests/e2e
	# these users dial as fast as a machine can: the guard against that has its test in router_test
	VOIP_CALLS_PER_USER_PER_MINUTE=600 DEV_RUN=$run/test \
		./dev up --detach --sims --scale gateway=2,call-controller=2 >/dev/null || return 1
	local ok=0
	(cd tests/e2e && RINGMAIN_DEV_JSON=$run/test/dev.json PLAYWRIGHT_JUNIT_OUTPUT_NAME=$results/e2e.xml \
		npx playwright test --reporter=line,junit >"$run/log/test-e2e.log" 2>&1) || ok=1
	[ $ok = 0 ] || tail -n 80 "$run/log/test-e2e.log" >&2
	DEV_QUIET=1 DEV_RUN=$run/test ./dev down
	return $ok
}
