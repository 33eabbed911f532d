dev_down() {
	step "stopping"
	stop_everything
	# a start that was cut short may have left PostgreSQL without a supervisor
	tools/dev/pg stop "$(pg_dir)" 0
}
