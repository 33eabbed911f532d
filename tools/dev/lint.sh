# Formatting, static checks, migrations, shell scripts, compose file. Changes nothing.
dev_lint() {
	dev_install lint
	build_c build
	npm_ci web
	local ok=0
	lint_one format bash -c "git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror" || ok=1
	lint_one headers tools/dev/check-headers || ok=1
	lint_one tidy bash -c "git ls-files -z 'libcommon/*.c' 'services/*.c' 'tools/*.c' | xargs -0 -n 8 -P 2 clang-tidy -p build --quiet" || ok=1
	lint_one shell bash -c "shellcheck -x -s bash dev tools/dev/*.sh tools/dev/pg .ci/run" || ok=1
	lint_one migrations bash -c "npx --prefix tools/node squawk migrations/*.sql" || ok=1
	lint_one compose docker-compose -f deploy/docker-compose.yml config -q || ok=1
	lint_one web npm run lint --prefix web || ok=1
	return $ok
}

lint_one() {
	local name=$1 log=$run/log/lint-$1.log
	shift
	step "lint $name"
	if ! "$@" >"$log" 2>&1; then
		echo "lint $name:" >&2
		tail -n 60 "$log" >&2
		return 1
	fi
}
