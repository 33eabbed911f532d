# Whether the process of this pid file is ready and answers at its own port. Another process may have
# taken the port meanwhile, and be ready itself.
is_ready() { # PORT PID_FILE
	local pid
	pid=$(cat "$2") && curl -fsS "http://127.0.0.1:$1/readyz" | grep -q "\"pid\":$pid,"
}

# Ending what ./dev up started: the services and their supervisors, PostgreSQL last.
stop_everything() {
	local name others=()
	for name in "$run"/sv/*; do
		[ -p "$name/supervise/control" ] || continue
		[ "${name##*/}" = postgres ] || others+=("$name")
	done
	[ ${#others[@]} -eq 0 ] || sv -w 20 force-shutdown "${others[@]}" >/dev/null 2>&1 || true
	[ ! -p "$run/sv/postgres/supervise/control" ] ||
		sv -w 30 force-shutdown "$run/sv/postgres" >/dev/null 2>&1 || true
	rm -f "$run/dev.json"
}
