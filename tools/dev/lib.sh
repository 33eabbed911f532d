# Shared by the verbs of ./dev: progress, paths, PostgreSQL's folder, small helpers. Sourced, not run.
top=$PWD
run=${DEV_RUN:-$top/.run}
mkdir -p "$run/log"
# a service user (postgres) must be able to pass through
chmod 755 "$run"

step() { [ -n "${DEV_QUIET:-}" ] || printf '\033[2m%s\033[0m\n' "· $*" >&2; }
die() {
	printf 'dev: %s\n' "$*" >&2
	exit 1
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Runs a command with its output in a log; shows the end of it only when it fails.
quietly() {
	local log=$run/log/$1.log
	shift
	if ! "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		die "'$*' failed; the whole output is in ${log#"$top"/}"
	fi
}

# PostgreSQL's folder: below .run, or where the postgres user can reach it (a clone in /root).
pg_dir() {
	if [ "$(id -u)" != 0 ] || runuser -u postgres -- test -x "$run" 2>/dev/null; then
		echo "$run/pg"
	else
		echo "/var/tmp/ringmain-$(printf %s "$run" | sha256sum | cut -c1-12)"
	fi
}
pg_bin() { compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1; }

# Node for the tools: the system's when it is new enough, else the binary that npm carries.
node_new_enough() { node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>22||a==22&&b>=12||a==20&&b>=19?0:1)' 2>/dev/null; }
if [ -d "$run/node/node_modules/.bin" ]; then PATH=$run/node/node_modules/.bin:$PATH; fi
export PATH=$top/tools/node/node_modules/.bin:$PATH
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

# What a folder's lock file says, once for each state of it. Not npm ci: that refuses a lock which lacks
# the binaries of other systems, as one written through a mirror of some packages only does.
npm_ci() {
	local dir=$1 stamp=$1/node_modules/.ringmain-lock
	if [ -f "$stamp" ] && cmp -s "$stamp" "$dir/package-lock.json"; then return; fi
	step "npm packages of $dir"
	quietly "npm-$(echo "$dir" | tr / -)" npm install --no-save --prefix "$dir"
	cp "$dir/package-lock.json" "$stamp"
}

# Waits until a command succeeds, at most $1 seconds.
await() {
	local limit=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$limit" ] || return 1
		sleep 0.05
	done
}
json() { node -p "const v=JSON.parse(require('fs').readFileSync(process.argv[1]));$2" "$1"; }
