# Ending what ./dev up started: the supervisor, its services, PostgreSQL last.
stop_everything() {
	[ -f "$run/runsvdir.pid" ] || return 0
	local pid name
	pid=$(cat "$run/runsvdir.pid")
	if [ -d "$run/sv" ] && is_ours "$pid"; then
		local others=()
		for name in "$run"/sv/*; do [ "${name##*/}" = postgres ] || others+=("$name"); done
		[ ${#others[@]} -eq 0 ] || sv -w 15 force-stop "${others[@]}" >/dev/null 2>&1 || true
		[ ! -d "$run/sv/postgres" ] || sv -w 30 force-stop "$run/sv/postgres" >/dev/null 2>&1 || true
		kill -HUP "$pid" 2>/dev/null || true
		await 10 gone "$pid" || kill -9 "$pid" 2>/dev/null || true
	fi
	rm -f "$run/runsvdir.pid" "$run/dev.json"
}
gone() { ! kill -0 "$1" 2>/dev/null; }
# a process id may have been given to a stranger since: look before a signal
is_ours() { tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF "runsvdir $run/sv"; }
