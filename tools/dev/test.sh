# Every test, against real programs: ./dev test [unit asan tsan integration sip web sims e2e]
# It keeps its own state in .run/test, so that a running ./dev up is left in peace.
#
# All is built first. Then the parts run in lanes beside each other, the parts of a lane one after the other: tests of
# services wait for processes, timers and calls more than they compute. The numbers of jobs below add up to what
# two cores carry.
all_parts=(unit integration sip web sims e2e asan tsan)
lanes=("asan tsan" "unit integration" sip)
# What hears and measures audio in a real browser has the machine to itself.
alone="web sims e2e"

dev_test() {
	local part parts=("$@")
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
	test_prepare "${parts[@]}"
	PATH=$(pg_bin):$PATH # Debian's psql is a script that takes four times as long, and tests call it by the thousand
	test_database_start
	test_run "${parts[@]}"
	node tools/dev/tally.mjs "$results"
}

# What the parts need. npm waits for the network while the compiler computes.
test_prepare() {
	local part
	beside test_packages "$@"
	for part in "$@"; do
		case $part in
		asan) build_c build-asan -Db_sanitize=address,undefined --buildtype=debug ;;
		tsan) build_c build-tsan -Db_sanitize=thread --buildtype=debug ;;
		unit | integration | sip | e2e) build_c build ;;
		esac
	done
	wait "${beside_pids[@]}" || exit 1
	beside_pids=()
}
test_packages() {
	local part
	for part in "$@"; do
		case $part in
		integration | asan) npm_ci tools/sim-lib && build_web ;;
		sip) npm_ci tools/sim-lib ;;
		web) npm_ci web ;;
		sims) npm_ci tools/sim-lib && npm_ci tests/sims ;;
		e2e) npm_ci tools/sim-lib && npm_ci tests/e2e && build_web ;;
		esac
	done
}

test_run() {
	local lane part
	for part in "$@"; do : >"$results/$part.failed"; done
	for lane in "${lanes[@]}"; do test_beside "$lane" "$@"; done
	test_wait
	test_beside "$alone" "$@"
	test_wait
}
# test_beside LANE WANTED...: starts those parts of the lane that are wanted
test_beside() {
	local part wanted=()
	for part in $1; do
		case " ${*:2} " in *" $part "*) wanted+=("$part") ;; esac
	done
	[ ${#wanted[@]} -eq 0 ] || beside test_lane "${wanted[@]}"
}
test_wait() {
	[ ${#beside_pids[@]} -eq 0 ] || wait "${beside_pids[@]}" || true # who did not come to its end has failed
	beside_pids=()
}

# A function beside the others, in a process group of its own, so that it can be ended as a whole.
beside_pids=()
beside() {
	set -m
	(
		trap - EXIT INT TERM
		"$@"
	) </dev/null &
	set +m
	beside_pids+=($!)
}

# Parts one after the other. What a part has to say comes in one piece, at its end.
test_lane() {
	local part began out
	for part in "$@"; do
		began=$SECONDS out=$run/log/part-$part.log
		step "test $part"
		if (test_"$part") >"$out" 2>&1; then
			rm "$results/$part.failed"
			step "test $part: $((SECONDS - began)) s"
		else
			step "test $part failed"
			cat "$out" >&2
		fi
	done
}

test_clean_up() {
	local pid
	for pid in "${beside_pids[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
	test_database_stop
	[ ! -d "$run/test/sv" ] || DEV_QUIET=1 DEV_RUN=$run/test ./dev down
}

# meson_suites BUILD-DIR JOBS SUITE...: results as JUnit, output shown for what failed
meson_suites() {
	local dir=$1 jobs=$2 args=() suite ok=0
	shift 2
	local name=$dir-$1 log=$run/log/test-$dir-$1.log
	for suite in "$@"; do args+=(--suite "$suite"); done
	meson test -C "$dir" --no-rebuild --print-errorlogs --logbase "test-$1" --num-processes "$jobs" "${args[@]}" >"$log" 2>&1 || ok=1
	[ $ok = 0 ] || grep -vE '^ *[0-9]+/[0-9]+ .* OK ' "$log" >&2
	cp "$dir/meson-logs/test-$1.junit.xml" "$results/$name.xml" || ok=1
	return $ok
}

test_unit() { meson_suites build 2 unit; }
test_integration() { meson_suites build 3 integration; }
test_sip() { meson_suites build 3 sip; }
test_asan() {
	# a Criterion child prints its report nowhere under TAP: files keep it
	rm -f "$run"/log/asan.*
	local ok=0
	ASAN_OPTIONS=log_path=$run/log/asan:detect_leaks=1 LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0 \
		meson_suites build-asan 3 unit integration || ok=1
	# a thread that ends while leaks are looked for is said, and is no finding
	if grep -hsv 'Unable to get registers from thread' "$run"/log/asan.* >&2; then ok=1; fi
	return $ok
}
test_tsan() {
	rm -f "$run"/log/tsan.*
	local ok=0
	TSAN_OPTIONS="log_path=$run/log/tsan suppressions=$top/tests/tsan.supp" meson_suites build-tsan 2 threaded || ok=1
	if compgen -G "$run/log/tsan.*" >/dev/null; then
		cat "$run"/log/tsan.* >&2
		ok=1
	fi
	return $ok
}
test_web() {
	local ok=0
	npm run test --prefix web -- --reporter=junit --outputFile="$results/web.xml" >"$run/log/test-web.log" 2>&1 || ok=1
	[ $ok = 0 ] || tail -n 60 "$run/log/test-web.log" >&2
	return $ok
}
# the carriers' own packages judge the simulators that other tests call in their place
test_sims() {
	local ok=0
	(cd tests/sims && PLAYWRIGHT_JUNIT_OUTPUT_NAME=$results/sims.xml npx playwright test --reporter=line,junit >"$run/log/test-sims.log" 2>&1) || ok=1
	[ $ok = 0 ] || tail -n 80 "$run/log/test-sims.log" >&2
	return $ok
}
# A system of its own, as on the first day: carriers that an earlier run left would take calls of this one.
test_system_fresh() {
	DEV_QUIET=1 DEV_RUN=$run/test ./dev down
	rm -rf "$(run=$run/test pg_dir)" "$run/test"/{carrier,log,recordings,secrets,seed.json,sims,spool,webhooks}
}
test_e2e() {
	test_system_fresh
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
