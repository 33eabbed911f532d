# Speed, as ratios against peers and floors in the same run: ./dev bench [media calls api bus webhooks start token]
# Each part prints a table and writes .run/bench/PART.json.
bench_parts=(bus media calls api webhooks start token)

dev_bench() {
	local part parts=("$@")
	[ ${#parts[@]} -gt 0 ] || parts=("${bench_parts[@]}")
	for part in "${parts[@]}"; do
		case " ${bench_parts[*]} " in
		*" $part "*) ;;
		*) die "bench: no part '$part'; there are: ${bench_parts[*]}" ;;
		esac
	done
	dev_install bench
	dev_build
	mkdir -p "$run/bench"
	chmod 755 "$run/bench"
	mkdir -p "$run/test"
	trap test_database_stop EXIT
	test_database_start
	for part in "${parts[@]}"; do
		step "bench $part"
		"tools/bench/run-$part" "$run/bench/$part.json"
	done
}
