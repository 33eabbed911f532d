# Formatting, static checks, migrations, shell scripts, compose file, web app. Changes nothing.
dev_lint() {
	dev_install lint
	build_c build
	npm_ci web
	local ok=0
	lint_one format lint_format || ok=1
	lint_one headers tools/dev/check-headers build || ok=1
	lint_one tidy node tools/dev/tidy.mjs build 3>&2 || ok=1
	lint_one shell lint_shell || ok=1
	lint_one migration-numbers tools/dev/check-migrations || ok=1
	lint_one migrations npx --prefix tools/node squawk migrations/*.sql || ok=1
	lint_one compose tests/integration/compose_shape build || ok=1
	lint_one web npm run lint --prefix web || ok=1
	[ $ok = 1 ] || step "lint: nothing found"
	return $ok
}

lint_format() { git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror; }

# every shell script in git, by its name or its first line
lint_shell() {
	local scripts
	mapfile -t scripts < <(git ls-files '*.sh' && git grep -lI --max-count=1 -E '^#!/.*\b(ba)?sh$')
	shellcheck -x -s bash "${scripts[@]}"
}

# The whole output is in .run/log; its end is shown when something is found.
lint_one() {
	local name=$1 log=$run/log/lint-$1.log
	shift
	step "lint $name"
	if ! "$@" >"$log" 2>&1; then
		echo "lint $name (all of it in ${log#"$top"/}):" >&2
		tail -n 60 "$log" >&2
		return 1
	fi
}
